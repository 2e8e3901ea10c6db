// What a libFuzzer run says about itself, and the table in docs/fuzzing.md.

/**
 * @typedef {{ runs: number, coverage: number, features: number, corpus: number }} FuzzFigures
 * @typedef {{ date: string, target: string, minutes: string, figures: FuzzFigures, crashes: number,
 *   commit: string, compiler: string, kernel: string }} FuzzResult
 */

const TABLE_HEAD = `| date | target | minutes | runs | edges covered | features | corpus | crashes | commit | compiler | kernel |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
`

/**
 * @param {string} log what libFuzzer printed with -print_final_stats=1
 * @returns {FuzzFigures}
 */
export function figuresOf(log) {
  const last = [...log.matchAll(/cov: (\d+) ft: (\d+) corp: (\d+)/g)].at(-1)
  const runs = /stat::number_of_executed_units: (\d+)/.exec(log)
  const number = (/** @type {string | undefined} */ text) => Number(text ?? 0)
  return {
    runs: number(runs?.[1]),
    coverage: number(last?.[1]),
    features: number(last?.[2]),
    corpus: number(last?.[3]),
  }
}

/** @param {FuzzResult} result */
export function resultLine({ target, minutes, figures, crashes }) {
  const { runs, coverage, features } = figures
  return (
    `${target}: ${runs.toLocaleString('en')} runs in ${minutes} min, ` +
    `${coverage} edges and ${features} features covered, ${crashes} crashes`
  )
}

/**
 * Adds a result of libFuzzer to a page; the newest is the last.
 * @param {string} page
 * @param {FuzzResult} result
 */
export function withResult(page, result) {
  const { figures } = result
  return withRow(page, TABLE_HEAD, [
    result.date,
    result.target,
    result.minutes,
    figures.runs.toLocaleString('en'),
    figures.coverage,
    figures.features,
    figures.corpus,
    result.crashes,
    result.commit,
    result.compiler,
    result.kernel,
  ])
}

/**
 * Adds a row to the end of the table with this head, which is made at the end of the page when it is not there.
 * @param {string} page
 * @param {string} head
 * @param {readonly (string | number)[]} cells
 */
export function withRow(page, head, cells) {
  const row = `| ${cells.join(' | ')} |\n`
  const start = page.indexOf(head)
  if (start < 0) return `${page.trimEnd()}\n\n${head}${row}`
  let end = start + head.length
  while (page[end] === '|') end = page.indexOf('\n', end) + 1 || page.length
  return page.slice(0, end) + row + page.slice(end)
}
