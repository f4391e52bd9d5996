import WorkerRuntime

WorkerProgram.run(
  named: "albumen-worker-full", readsFonts: true, reusesMemory: false, prepare: FullJobs.prepare,
  jobs: { FullJobs() })
