import Commands
import Glibc

CommandRunner.prepareProcess()
exit(await CommandRunner.run(CommandRunner.processArguments).rawValue)
