import Commands
import Glibc

exit(await CommandRunner.run(CommandRunner.processArguments).rawValue)
