import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {import('../../src/devices/device.ts').Device} Device */
/** @typedef {Pick<Device, 'node' | 'kind' | 'virtual' | 'access'>} Candidate */

/**
 * The keyboards and mice that a person could switch with: real ones whose nodes are there. A
 * container sees its host's devices in /sys without having any of them in /dev.
 * @template {Candidate} T
 * @param {readonly T[]} devices
 * @param {string} [root] stands before /dev
 * @returns {T[]}
 */
export function usableDevices(devices, root = '/') {
  return devices.filter(
    ({ node, kind, virtual }) =>
      !virtual && (kind === 'keyboard' || kind === 'mouse') && existsSync(join(root, node)),
  )
}

/**
 * @param {readonly Candidate[]} devices
 * @param {string} [root] stands before /dev
 * @returns {string[]} the nodes that this user cannot read and write
 */
export function forbiddenNodes(devices, root = '/') {
  const forbidden = devices.filter(({ access }) => access !== 'read-write').map(({ node }) => node)
  return isForbidden(join(root, 'dev/uinput')) ? [...forbidden, '/dev/uinput'] : forbidden
}

/**
 * A node that is not there is not forbidden: the program itself says what is missing and why.
 * @param {string} node
 */
function isForbidden(node) {
  try {
    accessSync(node, constants.R_OK | constants.W_OK)
    return false
  } catch {
    return existsSync(node)
  }
}
