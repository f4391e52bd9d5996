import Commands
import Glibc

// Not an async main: its main thread would wait in a sigsuspend that lets all signals through, and
// Ctrl+C would end the process instead of the work.
CommandRunner.prepareProcess()
exit(CommandRunner.runAndWait(CommandRunner.processArguments).rawValue)
