import './node-version.mjs'
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The top of the checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Exit codes, the same as the program's own. */
export const EXIT = { unexpected: 1, noPermission: 4, notInstalled: 5 }

/** What the person at the terminal can put right: printed as one line, without a stack. */
export class SetupError extends Error {
  /**
   * @param {string} message empty when what ran has told already
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = EXIT.unexpected) {
    super(message)
    this.exitCode = exitCode
  }
}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`evswitch: ${line}\n`)
}

/**
 * Runs a script's main function when its file is what node was started with, and turns a
 * SetupError into its line and exit code.
 * @param {string} moduleUrl the script's `import.meta.url`
 * @param {(args: string[]) => unknown} run may be async; a returned number is the exit code
 */
export async function main(moduleUrl, run) {
  if (process.argv[1] !== fileURLToPath(moduleUrl)) return
  try {
    const exitCode = await run(process.argv.slice(2))
    if (typeof exitCode === 'number') process.exitCode = exitCode
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    if (error.message) say(error.message)
    process.exitCode = error.exitCode
  }
}

/**
 * Runs one quiet step of preparation; what it printed is shown only when it fails.
 * @param {string} title said before it starts, since it may take a while
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, remedy: string, exitCode?: number }} options
 */
export function runStep(title, command, args, { env = process.env, remedy, exitCode }) {
  say(`${title} ...`)
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (result.status === 0) return
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
  const why = result.error?.message ?? result.signal ?? `exit code ${result.status}`
  throw new SetupError(`${title} failed (${why}); ${remedy}`, exitCode)
}

/**
 * Runs a command in the foreground, its output going straight to ours.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 * @returns {number} its exit code; 1 when it could not start or a signal ended it
 */
export function runVisibly(command, args, { env = process.env } = {}) {
  const { status } = spawnSync(command, args, { cwd: ROOT, env, stdio: 'inherit' })
  return status ?? EXIT.unexpected
}

/**
 * @param {string} command
 * @param {string} [path] a PATH to search
 */
export function hasCommand(command, path = process.env['PATH'] ?? '') {
  return path.split(delimiter).some((directory) => isExecutable(join(directory, command)))
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Goes on as another program in this same process, as exec would: no child that signals must be
 * passed on to and that could be left behind.
 * @param {string} file below the top of the checkout; TypeScript runs as it is
 * @param {string[]} args
 */
export async function become(file, args) {
  if (file.endsWith('.ts')) (await import('tsx/esm/api')).register()
  const path = join(ROOT, file)
  process.argv.splice(1, process.argv.length, path, ...args)
  await import(pathToFileURL(path).href)
}
