/**
 * Writes docs/configuration.md from the schema of the configuration: npm run docs
 */
import { writeFileSync } from 'node:fs'
import { configReference } from '../src/config/reference.ts'

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configReference())
