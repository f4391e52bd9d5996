import WorkerRuntime

// Its libraries read no files of their own, so there is nothing to prepare.
WorkerProgram.run(
  named: "albumen-worker-picture", readsFonts: false, reusesMemory: true, prepare: {},
  jobs: { PictureJobs() })
