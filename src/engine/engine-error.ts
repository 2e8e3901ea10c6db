import { getSystemErrorName } from 'node:util'
import { type ErrorCode, EvswitchError } from '../errors.ts'

const uinputPath = '/dev/uinput'

interface Explanation {
  readonly code: ErrorCode
  readonly summary: string
  readonly remedy?: string
}

/** The name of a negative errno: 'EACCES' for -13. */
export function errnoText(result: number): string {
  return result < 0 ? getSystemErrorName(result) : 'OK'
}

/** Why an evdev node could not be opened, from the negative errno of evs_source_open. */
export function sourceError(path: string, result: number): EvswitchError {
  const errno = errnoText(result)
  return evswitchError(explainSource(path, errno) ?? unexpected(`cannot open ${path}: ${errno}`))
}

function explainSource(path: string, errno: string): Explanation | undefined {
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'no-permission',
        summary: `cannot open ${path}: permission denied`,
        remedy:
          'run evswitch with sudo, or join the group "input" and log in again: sudo usermod -aG input "$USER"',
      }
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return {
        code: 'device-gone',
        summary: `cannot open ${path}: the device is gone`,
        remedy: 'evswitch devices lists those there are',
      }
    case 'ENOTTY':
    case 'EINVAL':
    case 'EISDIR':
      return {
        code: 'unsuitable-device',
        summary: `${path} is not an input device`,
        remedy: 'name a /dev/input/event node or a link to one: evswitch devices lists them',
      }
    default:
      return undefined
  }
}

/** Why a uinput device could not be made, from the negative errno of evs_sink_create. */
export function sinkError(name: string, result: number): EvswitchError {
  const errno = errnoText(result)
  return evswitchError(
    explainSink(name, errno) ?? unexpected(`cannot create the input device "${name}": ${errno}`),
  )
}

/** Why a clone could not be made, from the negative errno of evs_sink_clone; `phys` is its own. */
export function cloneError(phys: string, result: number): EvswitchError {
  const errno = errnoText(result)
  if (errno !== 'EINVAL' && errno !== 'ERANGE') return sinkError(phys, result)
  return new EvswitchError('unsuitable-device', 'the device cannot be cloned', {
    remedy:
      errno === 'ERANGE'
        ? 'it claims more than 100 places for fingers'
        : 'the kernel refuses the ranges of its axes',
  })
}

/** Why a stored node could not be taken over, from the negative errno of evs_sink_adopt. */
export function adoptError(phys: string, result: number): EvswitchError {
  switch (errnoText(result)) {
    case 'EXDEV':
      return new EvswitchError('unsuitable-device', `the stored node is not ${phys}`)
    case 'EBADF':
    case 'ENOTTY':
      return new EvswitchError('unsuitable-device', `what was stored for ${phys} is no node`)
    case 'ENODEV':
      return new EvswitchError('device-gone', `the stored node ${phys} was destroyed`)
    default:
      return cloneError(phys, result)
  }
}

function explainSink(name: string, errno: string): Explanation | undefined {
  switch (errno) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return {
        code: 'not-installed',
        summary: `cannot create input devices: ${uinputPath} is missing`,
        remedy:
          'load the kernel module: sudo modprobe uinput (at every boot: name it in /etc/modules-load.d)',
      }
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'no-permission',
        summary: `cannot open ${uinputPath}: permission denied`,
        remedy: 'run evswitch with sudo, or as the user that udev/70-evswitch.rules gives it to',
      }
    case 'ETIMEDOUT':
      return {
        code: 'no-permission',
        summary: `created the input device "${name}", but may not read its node in /dev/input`,
        remedy:
          'run evswitch with sudo, or join the group "input" and log in again: sudo usermod -aG input "$USER"',
      }
    default:
      return undefined
  }
}

/** Why the engine could not be made or started. */
export function lifeError(verb: string, result: number): EvswitchError {
  const errno = errnoText(result)
  return errno === 'EMFILE' || errno === 'ENFILE'
    ? new EvswitchError('unexpected', `cannot ${verb} the engine: too many open files`, {
        remedy: 'raise the limit (ulimit -n) and try again',
      })
    : evswitchError(unexpected(`cannot ${verb} the engine: ${errno}`))
}

/** Why a command of the engine failed. */
export function commandError(what: string, result: number): EvswitchError {
  return evswitchError(unexpected(`cannot ${what}: ${errnoText(result)}`))
}

/** A command that the end of the engine overtook. */
export function stoppedError(): EvswitchError {
  return new EvswitchError('not-running', 'the engine has stopped')
}

function unexpected(summary: string): Explanation {
  return { code: 'unexpected', summary }
}

function evswitchError({ code, summary, remedy }: Explanation): EvswitchError {
  return new EvswitchError(code, summary, { remedy })
}
