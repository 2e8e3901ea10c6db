// Prints the two lines that close a CI run, from the reports in test-results/.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { closingLine, isGood, labLine, labResult } from './lib/report.mjs'
import { main, ROOT } from './lib/step.mjs'

await main(import.meta.url, () => {
  /** @type {import('./lib/report.mjs').Report | undefined} */
  const report = readReport('vitest.json')
  const lab = labResult(report, labRecords())
  process.stdout.write(`${labLine(lab)}\n${closingLine(report)}\n`)
  return isGood(report, lab) ? 0 : 1
})

/** @param {string} name */
function readReport(name) {
  const file = join(ROOT, 'test-results', name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** What each worker of the lab has written. */
function labRecords() {
  const folder = join(ROOT, 'test-results/lab')
  return existsSync(folder) ? readdirSync(folder).map((name) => readReport(join('lab', name))) : []
}
