import WorkerRuntime

WorkerProgram.run(
  named: "albumen-worker-full", readsFonts: true, prepare: FullJobs.prepare,
  jobs: { FullJobs() })
