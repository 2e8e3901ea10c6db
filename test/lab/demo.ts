// The demo that `npm start` shows where there is no keyboard or mouse to run evswitch with: evswitch at work
// in a virtual machine. It proves what it shows, and its exit status tells.

import { setImmediate } from 'node:timers/promises'
import { elapsedMs } from './demo/clock.ts'
import { onInterrupt } from './demo/interrupt.ts'
import { type DemoOptions, parseOptions } from './demo/options.ts'
import { type Paint, paintFor } from './demo/paint.ts'
import { PlainView } from './demo/plain-view.ts'
import { leastSize, ScreenView } from './demo/screen-view.ts'
import { openStage, type Stage } from './demo/stage.ts'
import { openClaims, type StoryClaims, settleSums, story } from './demo/story.ts'
import { claimsSummary, latencySummary } from './demo/summary.ts'
import type { View } from './demo/view.ts'
import { LabError, LabUnavailable } from './lab-error.ts'
import type { LabVm } from './vm.ts'

const EXIT = { proven: 0, notProven: 1, notInstalled: 5 } as const

const INTRODUCTION = [
  'evswitch lets one keyboard and one mouse serve a computer and the virtual machines on it. Pressing both ' +
    'Ctrl keys hands them from one to the next.',
  'There is no keyboard or mouse here, so a virtual machine with a USB keyboard and mouse stands in for your ' +
    'computer: the host. It runs Linux, evswitch, and a guest in QEMU. The demo types, and shows what each ' +
    'of them sees.',
] as const

const print = (line: string) => console.log(line)

await main(parseOptions(process.argv.slice(2)))

async function main(options: DemoOptions): Promise<void> {
  process.stdout.on('error', () => process.exit(EXIT.notProven))
  const paint = paintFor(process.stdout)
  const view = createView(options, paint)
  const interruption = new AbortController()
  let vm: LabVm | undefined
  onInterrupt((exitStatus) => {
    interruption.abort()
    view.close()
    void end(vm, exitStatus)
  })

  view.introduce(INTRODUCTION)
  try {
    const stage = await openStage({
      pace: options.pace,
      onWait: (what) => view.wait(what),
      onBooted: (booted) => {
        vm = booted
      },
    })
    process.exitCode = await perform(stage, { view, paint, signal: interruption.signal })
  } catch (error) {
    // A program that was run meanwhile may have ended by the same Ctrl+C, before we hear of it.
    await setImmediate()
    if (interruption.signal.aborted) return
    view.close()
    process.exitCode = explain(error)
  }
  await vm?.shutdown()
}

/** A machine that is still booting ends with this process; one that runs is seen to its end. */
async function end(vm: LabVm | undefined, exitStatus: number): Promise<void> {
  await vm?.shutdown()
  print('Ended early. The virtual machine is gone, and nothing is left running.')
  process.exit(exitStatus)
}

function createView({ plain }: DemoOptions, paint: Paint): View {
  const { stdout } = process
  const fits =
    stdout.isTTY === true &&
    process.env['TERM'] !== 'dumb' &&
    stdout.columns >= leastSize.columns &&
    stdout.rows >= leastSize.rows
  return fits && !plain ? new ScreenView(stdout, paint) : new PlainView(print, paint)
}

interface Performance {
  readonly view: View
  readonly paint: Paint
  readonly signal: AbortSignal
}

/** Gives the exit status. */
async function perform(stage: Stage, { view, paint, signal }: Performance): Promise<number> {
  const claims = openClaims()
  stage.journal.onRow = (row) => view.showRow(row)
  claims.onSettled = (claim) => view.showClaim(claim)
  view.watch(stage.journal.seen)
  const failure = await play(stage, view, claims)
  await setImmediate()
  signal.throwIfAborted()
  view.close()
  claims.onSettled = () => {}
  settleSums(stage, claims)
  summarize(stage, claims, paint)
  if (failure !== undefined) return explain(failure)
  return claims.allHold ? EXIT.proven : EXIT.notProven
}

/** Gives what it broke off with. */
async function play(stage: Stage, view: View, claims: StoryClaims): Promise<unknown> {
  try {
    for (const [index, step] of story.entries()) {
      view.beginStep(step, { number: index + 1, count: story.length })
      await stage.pause('text')
      await step.play(stage, claims)
      await stage.pause('step')
    }
    return undefined
  } catch (error) {
    return error
  }
}

function summarize(stage: Stage, claims: StoryClaims, paint: Paint): void {
  const { kernelRelease, accelerator } = stage.vm
  const facts = { kernelRelease, isEmulated: accelerator === 'tcg', seconds: elapsedMs() / 1000 }
  const lines = ['', ...claimsSummary(claims, facts, paint)]
  if (stage.stats !== undefined) lines.push('', ...latencySummary(stage.stats, facts, paint))
  for (const line of lines) print(line)
}

/** Gives the exit status. */
function explain(error: unknown): number {
  if (!(error instanceof LabError)) throw error
  console.error(`evswitch: the demo cannot go on: ${error.message}`)
  return error instanceof LabUnavailable ? EXIT.notInstalled : EXIT.notProven
}
