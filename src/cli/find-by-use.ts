import { Capture } from '../capture/capture.ts'
import type { Device } from '../devices/device.ts'
import { createEngine } from '../engine/engine.ts'
import { IdentifyModel } from './identify-model.ts'
import { findingText } from './identify-report.ts'
import { quietKeyboard } from './quiet-keyboard.ts'
import { untilTime } from './until-time.ts'

/**
 * Watches every device until Ctrl+C, tells what is used, and returns the nodes to take; none when nothing was.
 * Nothing is taken from anybody. Throws what `Capture.start` throws.
 */
export async function findByUse(say: (line: string) => void): Promise<readonly Device[]> {
  const model = new IdentifyModel((finding) => {
    if (finding.kind === 'speaks') say(`  ${findingText(finding)}`)
  })
  const capture = new Capture({
    engine: createEngine(),
    listener: model,
    wants: ({ madeBy }) => madeBy !== 'evswitch',
  })
  await untilTime(undefined, async (ended) => {
    const undo = quietKeyboard()
    try {
      await capture.start()
      say('Press a key and move the mouse that you want. Then Ctrl+C.')
      await ended()
    } finally {
      undo()
      await capture.stop()
    }
  })
  const { units, take } = model.advice
  for (const { name, reasons } of units) {
    say(`  ${name}`)
    for (const reason of reasons) say(`    ${reason}`)
  }
  return take
}
