import { nativeLibrary } from '../native/library.ts'
import { createNativeClone, createNativeSink } from './handles.ts'
import type { Engine } from './types.ts'

/** Makes nodes without an engine. Throws 'not-installed' when the native library is missing or does not fit. */
export function nodeMaker(library = nativeLibrary()): Pick<Engine, 'createSink' | 'createClone'> {
  return {
    createSink: async (options) => await createNativeSink(library, options),
    createClone: async (description, options) =>
      await createNativeClone(library, description, options),
  }
}
