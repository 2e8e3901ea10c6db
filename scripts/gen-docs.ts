/**
 * Writes what is made from the program itself: npm run docs
 * - docs/configuration.md from the schema of the configuration
 * - docs/control.md from the schema of the control API
 * - man/evswitch.1 from the help of all commands
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { commandTree } from '../src/cli/command-tree.ts'
import { manPage } from '../src/cli/man-page.ts'
import { wholeProgram } from '../src/cli/program.ts'
import { configReference } from '../src/config/reference.ts'
import { controlReference } from '../src/control/reference.ts'
import { version } from '../src/version.ts'

const root = new URL('../', import.meta.url)
const nowhere = { out: () => {}, err: () => {}, columns: 80 }

writeFileSync(new URL('docs/configuration.md', root), configReference())
writeFileSync(new URL('docs/control.md', root), controlReference())
mkdirSync(new URL('man/', root), { recursive: true })
writeFileSync(
  new URL('man/evswitch.1', root),
  manPage(commandTree(await wholeProgram(nowhere)), version()),
)
