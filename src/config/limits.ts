/** As in native/include/evswitch.h, without loading the library: a configuration can be checked anywhere. */
export const guestsMax = 7
/** The panic chord is one more. */
export const hotkeysMax = 15
export const sourcesMax = 128

/** Far larger than any configuration, and small enough for the parser to be done with it at once. */
export const fileBytesMax = 64 * 1024

export const realtimeMax = 98
