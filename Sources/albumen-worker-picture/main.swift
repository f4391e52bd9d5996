import DecodeJobs
import PictureCodecs
import WorkerRuntime

// Its libraries read no files of their own, so there is nothing to prepare. What takes a general
// library is referred to a full worker.
WorkerProgram.run(
  named: "albumen-worker-picture", readsFonts: false, reusesMemory: true, prepare: {},
  jobs: { DecodeJobs(decode: PictureCodecs.render(_:probe:request:)) })
