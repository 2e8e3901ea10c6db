/**
 * Writes the pages of docs/ that are made of a schema: npm run docs
 */
import { writeFileSync } from 'node:fs'
import { configReference } from '../src/config/reference.ts'
import { controlReference } from '../src/control/reference.ts'

const docs = new URL('../docs/', import.meta.url)

writeFileSync(new URL('configuration.md', docs), configReference())
writeFileSync(new URL('control.md', docs), controlReference())
