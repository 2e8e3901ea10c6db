import { Argument, type Command } from 'commander'
import { commandTree } from '../command-tree.ts'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import type { Output } from '../output.ts'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

const help = `
It completes commands, options and their values: devices by their lasting names,
targets by the nodes that are there, files. Nothing is started for it.

Examples:
  source <(evswitch completion bash)      for this shell only
  evswitch completion bash > ~/.local/share/bash-completion/completions/evswitch
  evswitch completion fish > ~/.config/fish/completions/evswitch.fish
  evswitch completion zsh > ~/.zfunc/_evswitch          with it in $fpath
`

/** evswitch completion */
export function define(command: Command, output: Output, whole: () => Promise<Command>): void {
  command
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(shells)))
    .addHelpText('after', help)
    .action(async (shell: keyof typeof shells) => {
      output.out(shells[shell](commandTree(await whole())))
    })
}
