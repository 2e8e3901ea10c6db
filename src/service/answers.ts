import type { Answers } from '../control/connection.ts'
import { limits } from '../control/limits.ts'
import type { Result, Status } from '../control/protocol.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { EngineStats, SwitchOutcome } from '../engine/types.ts'
import type { LogMemory } from './log-memory.ts'
import { deviceJson } from './notice-json.ts'
import type { Session } from './session.ts'
import type { SessionState } from './session-state.ts'

export interface Answering {
  readonly session: Session
  readonly state: SessionState
  readonly memory: LogMemory
  /** Of the program. */
  readonly version: string
  /** The file that holds; undefined when there is none. */
  readonly configFile: () => string | undefined
  readonly reload: () => Promise<ReloadReport>
}

export type ReloadReport = Result<'reload'>

/** What a running service answers. */
export function answersOf(answering: Answering): Answers {
  const { session, state, memory } = answering
  return {
    status: () => statusOf(answering),
    switch: async ({ to }) => {
      const outcome = await switchSession(session, to)
      const { active } = state
      return { outcome, target: outcome === 'switched' ? active : to, active }
    },
    release: async ({ target }) => {
      if (target !== undefined) {
        return { outcome: await session.repair(target), active: state.active }
      }
      await session.panic()
      return { outcome: 'released', active: state.active }
    },
    reload: async () => await answering.reload(),
    log: ({ lines = limits.logLines }) => ({ lines: memory.last(lines) }),
  }
}

async function switchSession(session: Session, to: string): Promise<SwitchOutcome> {
  switch (to) {
    case 'next':
      return await session.switchBy('next')
    case 'previous':
      return await session.switchBy('previous')
    default:
      return await session.switchTo(to)
  }
}

function statusOf({ session, state, version, configFile }: Answering): Status {
  const stats = session.stats()
  const host = {
    ...{ name: hostTargetName, consumed: true, consumedSince: undefined },
    ...{ nodes: [] },
  }
  const others = state.targets.map(({ name, nodes, consumedSince }) => ({
    name,
    consumed: consumedSince !== undefined,
    consumedSince: consumedSince?.toISOString(),
    nodes: nodes ?? [],
    ...(nodes === undefined && { screen: true }),
  }))
  return {
    evswitch: version,
    pid: process.pid,
    startedAt: state.startedAt.toISOString(),
    config: configFile(),
    active: state.active,
    activeSince: state.activeSince.toISOString(),
    locked: state.locked,
    targets: [host, ...others],
    devices: state.devices.map(deviceJson),
    cloned: state.cloned.map(deviceJson),
    left: state.left.map(({ device, reason }) => ({ ...deviceJson(device), reason })),
    latency: stats.latency,
    counters: countersOf(stats),
    realtimePriority: stats.realtimePriority,
    warnings: state.warnings,
  }
}

function countersOf(stats: EngineStats): Status['counters'] {
  const { framesIn, framesOut, switches, refusals, panics, drops, writeErrors, eventsLost } = stats
  return { framesIn, framesOut, switches, refusals, panics, drops, writeErrors, eventsLost }
}
