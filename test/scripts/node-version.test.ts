import { expect, test } from 'vitest'
import { isSupportedNode } from '../../scripts/lib/node-version.mjs'

test.each(['20.19.0', '20.20.2', '22.0.0', '26.9.0'])('Node %s is new enough', (version) => {
  expect(isSupportedNode(version)).toBe(true)
})

test.each(['20.18.3', '18.19.0', '12.22.12'])('Node %s is too old', (version) => {
  expect(isSupportedNode(version)).toBe(false)
})
