/** What the bench programs have in common: how they end, and where their figures are kept. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { BENCH_DIR } from './build.ts'

/** Wrong arguments: the program ends with status 2. */
export class UsageError extends Error {}

/** What every program that measures something so many times is told. */
export interface CountedOptions {
  readonly count: number
  readonly json: boolean
  readonly help: boolean
  /** Only a run with the usual count is kept. */
  readonly record: boolean
}

/** Reads `--NAME COUNT`, --json, --no-record and --help. Throws UsageError for another count than 1 to `most`. */
export function parseCounted(name: string, usual: number, most: number): CountedOptions {
  const options: ParseArgsConfig['options'] = {
    [name]: { type: 'string' },
    json: { type: 'boolean' },
    'no-record': { type: 'boolean' },
    help: { type: 'boolean' },
  }
  const { values } = parseArgs({ options })
  const given = values[name]
  return {
    count: parseCount(`--${name}`, String(given ?? usual), most),
    json: values['json'] === true,
    help: values['help'] === true,
    record: given === undefined && values['no-record'] !== true,
  }
}

/** Reads a number from 1 to `most`; throws UsageError for anything else. */
export function parseCount(option: string, text: string, most: number): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= most) return count
  throw new UsageError(`${option} must be a number from 1 to ${most}, not ${text}`)
}

/** Runs the program to its end; an error becomes one clear message and an exit status. */
export async function runProgram(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(`${name}: ${message}`)
    process.exitCode = isUsageError(error) ? 2 : 1
  }
}

function isUsageError(error: unknown): boolean {
  if (error instanceof UsageError) return true
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('ERR_PARSE_ARGS')
}

/** Where figures may be shown, from the project's root. */
const PAGES = ['bench/README.md', 'docs/service.md'] as const
const FRONT_PAGE = 'README.md'

/**
 * Keeps the figures in bench/results/, and shows them in each page that has marks for them; in the project's README.md
 * as `front` has them, which is the same unless given.
 */
export function recordFigures(
  name: string,
  figures: unknown,
  markdown: string,
  front = markdown,
): void {
  const results = join(BENCH_DIR, 'results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`)
  const shown = PAGES.filter((page) => showIn(page, name, markdown))
  if (shown.length === 0) throw new Error(`${PAGES.join(' and ')} have no marks for ${name}`)
  showIn(FRONT_PAGE, name, front)
}

/** False for a page without marks. */
function showIn(page: string, name: string, markdown: string): boolean {
  const file = join(BENCH_DIR, '..', page)
  const text = readFileSync(file, 'utf8')
  if (!hasBlock(text, name)) return false
  writeFileSync(file, replaceBlock(text, name, markdown))
  return true
}

function hasBlock(text: string, name: string): boolean {
  return text.includes(`<!-- ${name}: `)
}

/** Replaces what stands between `<!-- NAME: written by ... -->` and `<!-- end of NAME -->`. */
export function replaceBlock(text: string, name: string, content: string): string {
  const start = text.indexOf(`<!-- ${name}: `)
  const end = text.indexOf(`<!-- end of ${name} -->`)
  if (start < 0 || end < start) throw new Error(`there are no marks for ${name}`)
  const mark = text.slice(start, text.indexOf('-->', start) + '-->'.length)
  return `${text.slice(0, start)}${mark}\n\n${content.trim()}\n\n${text.slice(end)}`
}
