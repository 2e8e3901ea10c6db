import type { Heard } from '../control/client.ts'
import type { Status } from '../control/protocol.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { Logger } from '../log.ts'
import type { Desktop } from './desktop.ts'
import { type HookEvent, isGuest, switchEvents } from './hook-event.ts'
import { Hooks } from './hooks.ts'
import { noteOf } from './note.ts'
import type { AgentOptions } from './options.ts'
import { followService } from './service-link.ts'

export interface AgentWorld {
  readonly log: Logger
  readonly desktop: Desktop
  /** Of the service; undefined = the usual places. */
  readonly socket: string | undefined
}

/**
 * What evswitch does in a user's session: hooks, notifications, and keeping the machine awake while a guest has the
 * input. It only listens to the service, so that nothing here can hold up input.
 */
export class Agent {
  readonly #world: AgentWorld
  #options: AgentOptions
  #hooks: Hooks
  /** Undefined until the service was found for the first time. */
  #active: string | undefined

  constructor(options: AgentOptions, world: AgentWorld) {
    this.#options = options
    this.#world = world
    this.#hooks = new Hooks(options.hooks, world.log)
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const listener = {
      found: (status: Status) => this.#found(status),
      heard: (heard: Heard) => this.#heard(heard),
      lost: () => this.#lost(),
    }
    try {
      await followService(listener, this.#world, signal)
    } finally {
      this.#hooks.close()
      this.#world.desktop.close()
    }
  }

  /** From now on it does what these say; hooks that run are ended. */
  reconfigure(options: AgentOptions): void {
    this.#options = options
    this.#hooks.close()
    this.#hooks = new Hooks(options.hooks, this.#world.log)
    this.#inhibit()
  }

  /** What was missed while there was no connection is made up for. */
  #found({ active }: Status): void {
    const known = this.#active ?? active
    this.#active = known
    if (known !== active) this.#switched(known, active, 'service-started')
    this.#inhibit()
  }

  /** Without the service this machine has the input. */
  #lost(): void {
    if (this.#active !== undefined && isGuest(this.#active)) {
      this.#switched(this.#active, hostTargetName, 'service-ended')
    }
  }

  #heard(heard: Heard): void {
    const note = noteOf(heard, this.#options.notify)
    if (note !== undefined) this.#world.desktop.show(note)
    if (heard.name === 'switched') {
      const { previous, target, reason } = heard.params
      this.#switched(previous, target, reason)
      return
    }
    const event = eventOf(heard)
    if (event !== undefined) this.#hooks.heard(event, this.#active ?? hostTargetName)
  }

  #switched(previous: string, target: string, reason: string): void {
    this.#active = target
    this.#inhibit()
    for (const event of switchEvents(previous, target, reason)) this.#hooks.heard(event, target)
  }

  #inhibit(): void {
    const { inhibitsIdle, inhibitsSleep } = this.#options
    const isWanted = this.#active !== undefined && isGuest(this.#active)
    this.#world.desktop.inhibit({
      idle: isWanted && inhibitsIdle,
      sleep: isWanted && inhibitsSleep,
    })
  }
}

/** What hooks call it. */
function eventOf(heard: Heard): HookEvent | undefined {
  switch (heard.name) {
    case 'consumer': {
      const { target, present } = heard.params
      return { on: present ? 'guest-started' : 'guest-ended', target }
    }
    case 'device-arrived':
    case 'device-departed':
      return { on: heard.name, device: heard.params.device }
    case 'hook':
      return { on: 'hotkey', hook: heard.params.hook }
    case 'panic':
      return { on: 'panic' }
    case 'switched': // two events, and more than hooks
    case 'refused':
    case 'device-failed':
    case 'device-waiting':
    case 'warning':
    case 'locked':
    case 'resumed':
    case 'reloaded':
    case 'log':
      return undefined
  }
}
