import { expect, test } from 'vitest'
import {
  clonesMax,
  guestsMax,
  hotkeysMax,
  macroKeysMax,
  macroMsMax,
  mapKeysMax,
  maxRateMax,
  sourcesMax,
} from '../../src/config/limits.ts'
import { limits } from '../../src/native/abi.ts'

test('limits are those of the engine, less the host and the panic chord', () => {
  expect(guestsMax).toBe(limits.targets - 1)
  expect(hotkeysMax).toBe(limits.hotkeys - 1)
  expect(sourcesMax).toBe(limits.sources)
  expect(mapKeysMax).toBe(limits.mapKeys)
  expect(macroKeysMax).toBe(limits.macroKeys)
  expect(macroMsMax).toBe(limits.macroWaitMs)
  expect(maxRateMax).toBe(limits.rate)
  expect(clonesMax).toBe(limits.sinks - 4)
})
