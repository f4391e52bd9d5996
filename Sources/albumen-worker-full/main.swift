import Codecs
import DecodeJobs
import WorkerRuntime

WorkerProgram.run(
  named: "albumen-worker-full", readsFonts: true, reusesMemory: false, prepare: FullWorker.prepare,
  jobs: {
    DecodeJobs(
      decode: Codecs.render(_:probe:request:),
      describe: FullWorker.describe(_:sidecar:fileExtension:),
      edit: FullWorker.edit(_:of:isPicture:))
  })
