import { diagnosticText } from '../config/diagnostic.ts'
import { loadConfig } from '../config/load.ts'
import { type Overrides, override } from '../config/override.ts'
import type { Config } from '../config/schema.ts'
import { createFollowedLog } from '../log.ts'
import { LogMemory } from '../service/log-memory.ts'
import type { Notice } from '../service/notice.ts'
import { noticeJson } from '../service/notice-json.ts'
import { Service, type ServiceOptions } from '../service/service.ts'
import { version } from '../version.ts'
import { lossyOutput, lostJson, lostText } from './lossy-output.ts'
import type { Output } from './output.ts'
import { noticeText, startedText } from './run-text.ts'
import { startedJson } from './started-json.ts'
import { aborted, untilSignal } from './until-signal.ts'

export interface SessionWish {
  readonly json: boolean
  /** The configuration, instead of the usual file. */
  readonly config: string | undefined
  /** What the command line says in its place. */
  readonly overrides: Overrides
  readonly optionsOf: (config: Config, file: string | undefined) => ServiceOptions
  /** What runs beside the session, and without which it is of no use. */
  readonly beside?: (config: Config) => Companion
}

export interface Companion {
  /** Settles when it is no more. */
  readonly ended: Promise<unknown>
  stop(): void
  /** Throws why it has ended by itself. */
  complain(): never
}

/** Runs a session for the person at a terminal, or for a program, until a signal ends it. */
export async function runSession(wish: SessionWish, terminal: Output): Promise<void> {
  const output = lossyOutput(terminal, wish.json ? lostJson : lostText)
  const print = (text: string) => output.out(`${text}\n`)
  let wanted: Config | undefined
  const load = () => {
    const loaded = loadConfig(wish.config)
    const config = override(loaded.config, wish.overrides, loaded.file)
    for (const warning of loaded.warnings) {
      const lines = diagnosticText(warning, loaded.file ?? '', loaded.text)
      output.err(`evswitch: ${lines.join('\n')}\n`)
    }
    wanted = config
    return wish.optionsOf(config, loaded.file)
  }
  const tell = (notice: Notice) => {
    if (wish.json) return print(JSON.stringify(noticeJson(notice)))
    const text = noticeText(notice)
    if (text === undefined) return
    if (notice.kind === 'warning') output.err(`evswitch: ${text}\n`)
    else print(text)
  }
  // What comes before everything is set up is told after it, and not at all when that fails.
  const early: Notice[] = []
  let report = (notice: Notice): void => void early.push(notice)

  const memory = new LogMemory()
  const service = new Service({
    load,
    log: await createFollowedLog({}, (line) => memory.add(line)),
    memory,
    version: version(),
    isAlone: false,
    report: (notice) => report(notice),
  })
  await untilSignal(async (signal) => {
    const beside = wanted && wish.beside?.(wanted)
    try {
      const started = await service.start(signal)
      const facts = { hotkeys: service.options.session.hotkeys }
      if (wish.json) print(JSON.stringify(startedJson(started, facts)))
      else print(startedText(started, facts).join('\n'))
      report = tell
      for (const notice of early) tell(notice)
      await Promise.race([aborted(signal), beside?.ended ?? aborted(signal)])
      if (!signal.aborted) beside?.complain()
    } finally {
      await service.stop()
      beside?.stop()
      await beside?.ended
    }
  })
}
