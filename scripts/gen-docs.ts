/**
 * Writes what is made from the program itself: npm run docs
 * - docs/configuration.md from the schema of the configuration
 * - docs/control.md from the schema of the control API
 * - man/evswitch.1 and completions/ from the help of all commands
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { commandTree } from '../src/cli/command-tree.ts'
import { bashCompletion } from '../src/cli/completion/bash.ts'
import { fishCompletion } from '../src/cli/completion/fish.ts'
import { zshCompletion } from '../src/cli/completion/zsh.ts'
import { manPage } from '../src/cli/man-page.ts'
import { wholeProgram } from '../src/cli/program.ts'
import { configReference } from '../src/config/reference.ts'
import { controlReference } from '../src/control/reference.ts'
import { version } from '../src/version.ts'

const root = new URL('../', import.meta.url)
const nowhere = { out: () => {}, err: () => {}, columns: 80, backlogBytes: 0 }

writeFileSync(new URL('docs/configuration.md', root), configReference())
writeFileSync(new URL('docs/control.md', root), controlReference())
for (const folder of ['man', 'completions']) mkdirSync(new URL(folder, root), { recursive: true })
const tree = commandTree(await wholeProgram(nowhere))
writeFileSync(new URL('man/evswitch.1', root), manPage(tree, version()))
writeFileSync(new URL('completions/evswitch', root), bashCompletion(tree))
writeFileSync(new URL('completions/_evswitch', root), zshCompletion(tree))
writeFileSync(new URL('completions/evswitch.fish', root), fishCompletion(tree))
