import WorkerRuntime

// Loads no library's tables, so there is nothing to prepare: it starts in a few milliseconds.
WorkerProgram.run(
  named: "albumen-worker", readsFonts: false, reusesMemory: true, prepare: {}, jobs: { LeanJobs() })
