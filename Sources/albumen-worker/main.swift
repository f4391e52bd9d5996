import DecodeJobs
import Formats
import WorkerRuntime

// Loads no library's tables, so there is nothing to prepare: it starts in a few milliseconds. What
// its decoders do not read is referred to other workers.
WorkerProgram.run(
  named: "albumen-worker", readsFonts: false, reusesMemory: true, prepare: {},
  jobs: { DecodeJobs(decode: Formats.renderAlone(_:probe:request:)) })
