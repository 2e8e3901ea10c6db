import { say } from './language.ts'
import { World } from './world.ts'

interface Line {
  readonly number: number
  readonly text: string
}

/** One scenario of a file. */
export interface Scenario {
  readonly name: string
  readonly file: string
  /** The file's own beginning, which sets the stage for all of its scenarios, then its own lines. */
  readonly lines: readonly Line[]
}

/** Cuts a file into scenarios: each begins with `=== its name`; `#` begins a comment. */
export function parseScenarios(file: string, text: string): Scenario[] {
  const stage: Line[] = []
  const scenarios: { name: string; lines: Line[] }[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = { number: index + 1, text: raw.replace(/#.*/, '').trim() }
    const title = /^=== (.+)$/.exec(line.text)?.[1]
    if (title !== undefined) scenarios.push({ name: title, lines: [] })
    else if (line.text !== '') (scenarios.at(-1)?.lines ?? stage).push(line)
  }
  return scenarios.map(({ name, lines }) => ({ name, file, lines: [...stage, ...lines] }))
}

/**
 * Plays a scenario. After each line every rule of switching must hold, and at the end nothing may have been
 * seen that no line spoke of. Throws with the place: `file:line: ...`.
 */
export function playScenario({ file, lines }: Scenario): void {
  const isProxied = lines[0]?.text === 'host is proxied'
  const world = new World(isProxied)
  try {
    for (const { number, text } of isProxied ? lines.slice(1) : lines) {
      at(`${file}:${number}`, text, () => {
        say(world, text)
        expectRules(world)
      })
    }
    at(`${file}:${lines.at(-1)?.number ?? 0}`, 'the end', () => {
      const unseen = world.unseen()
      if (unseen.length > 0) throw new Error(`no line speaks of it: ${unseen.join('; ')}`)
      world.end()
      expectRules(world)
    })
  } finally {
    world.close()
  }
}

function at(place: string, text: string, run: () => void): void {
  try {
    run()
  } catch (error) {
    throw new Error(`${place}: ${text}: ${(error as Error).message}`, { cause: error })
  }
}

function expectRules(world: World): void {
  const rule = world.brokenRule()
  if (rule !== undefined) throw new Error(`it breaks ${rule}`)
}
