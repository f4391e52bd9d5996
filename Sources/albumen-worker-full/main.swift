import WorkerRuntime

WorkerProgram.run(named: "albumen-worker-full", prepare: FullJobs.prepare, jobs: { FullJobs() })
