import type { Config, hookEvents } from '../config/schema.ts'
import { rangeOf } from '../config/setting.ts'

export type HookEventName = (typeof hookEvents)[number]

/** A program that is run at an event. */
export interface Hook {
  readonly on: HookEventName
  /** Undefined = any. */
  readonly target: string | undefined
  /** What a hotkey or a map asks for; undefined = anything. */
  readonly hook: string | undefined
  /** The program and its arguments. */
  readonly run: readonly string[]
  readonly timeoutMs: number
  readonly debounceMs: number
  /** Of the file, for messages. */
  readonly line: number | undefined
}

/** What an agent is to do. */
export interface AgentOptions {
  readonly hooks: readonly Hook[]
  readonly notify: Config['agent']['notify']['value']
  readonly inhibitsIdle: boolean
  readonly inhibitsSleep: boolean
}

/** What an agent is to do by a configuration. */
export function agentOptions({ hook, agent }: Config): AgentOptions {
  return {
    hooks: hook.map((each) => ({
      on: each.on.value,
      target: each.target.value,
      hook: each.hook.value,
      run: each.run.value,
      timeoutMs: each['timeout-ms'].value,
      debounceMs: each['debounce-ms'].value,
      line: rangeOf(each.on)?.start.line,
    })),
    notify: agent.notify.value,
    inhibitsIdle: agent['inhibit-idle'].value,
    inhibitsSleep: agent['inhibit-sleep'].value,
  }
}
