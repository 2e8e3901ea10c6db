import { hostTargetName } from '../engine/target-name.ts'
import type { Hook } from './options.ts'

/** A device, as the service tells it. */
export interface HookDevice {
  readonly node: string
  readonly name: string
  readonly kind: string
  readonly identity: string
}

/** Something that hooks wait for. */
export type HookEvent =
  /** `previous` had the input before, `next` has it now. */
  | {
      readonly on: 'enter'
      readonly target: string
      readonly previous: string
      readonly reason: string
    }
  | {
      readonly on: 'leave'
      readonly target: string
      readonly next: string
      readonly reason: string
    }
  | { readonly on: 'guest-started' | 'guest-ended'; readonly target: string }
  | { readonly on: 'device-arrived' | 'device-departed'; readonly device: HookDevice }
  /** A hotkey or a map asks for it. */
  | { readonly on: 'hotkey'; readonly hook: string }
  | { readonly on: 'panic' }

/** Whether a hook waits for it. */
export function isWaitedFor(hook: Hook, event: HookEvent): boolean {
  if (hook.on !== event.on) return false
  if (event.on === 'hotkey' && hook.hook !== undefined && hook.hook !== event.hook) return false
  return hook.target === undefined || targetOf(event) === hook.target
}

/** Whether an event says that an earlier one is over: then nothing needs to be done for it any more. */
export function undoes(event: HookEvent, earlier: HookEvent): boolean {
  return opposites[event.on] === earlier.on && targetOf(event) === targetOf(earlier)
}

const opposites: Partial<Readonly<Record<HookEvent['on'], HookEvent['on']>>> = {
  enter: 'leave',
  leave: 'enter',
  'guest-started': 'guest-ended',
  'guest-ended': 'guest-started',
}

function targetOf(event: HookEvent): string | undefined {
  return 'target' in event ? event.target : undefined
}

/** What a program finds in its environment, besides what the agent has itself. */
export function hookEnvironment(event: HookEvent, active: string): Record<string, string> {
  const facts: Record<string, string | undefined> = {
    EVSWITCH_EVENT: event.on,
    EVSWITCH_ACTIVE: active,
    EVSWITCH_TARGET: targetOf(event),
    EVSWITCH_PREVIOUS: event.on === 'enter' ? event.previous : undefined,
    EVSWITCH_NEXT: event.on === 'leave' ? event.next : undefined,
    EVSWITCH_HOOK: event.on === 'hotkey' ? event.hook : undefined,
    EVSWITCH_REASON: 'reason' in event ? event.reason : undefined,
  }
  if ('device' in event) {
    const { node, name, kind, identity } = event.device
    facts['EVSWITCH_DEVICE'] = name
    facts['EVSWITCH_DEVICE_NODE'] = node
    facts['EVSWITCH_DEVICE_KIND'] = kind
    facts['EVSWITCH_DEVICE_IDENTITY'] = identity
  }
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value.replaceAll('\0', '')]],
    ),
  )
}

/** A switch is two events: the old target is left first. */
export function switchEvents(previous: string, target: string, reason: string): HookEvent[] {
  return [
    { on: 'leave', target: previous, next: target, reason },
    { on: 'enter', target, previous, reason },
  ]
}

/** Whether a guest has the input. */
export function isGuest(target: string): boolean {
  return target !== hostTargetName
}
