/** As in native/include/evswitch.h, without loading the library: a configuration can be checked anywhere. */
export const guestsMax = 7
/** The panic chord is one more. */
export const hotkeysMax = 15
export const sourcesMax = 128
/** Nodes that there can be, without those of this machine and of one guest. */
export const clonesMax = 44

/** Far larger than any configuration, and small enough for the parser to be done with it at once. */
export const fileBytesMax = 64 * 1024

export const realtimeMax = 98

/** Far more than hands remember; with those of all targets they fit into the engine's tables. */
export const mapEntriesMax = 64
export const mapRulesMax = 256
/** Keys on either side of a rule, held by a macro at once, and presses and releases of a macro. */
export const mapKeysMax = 4
export const macroKeysMax = 8
export const macroStepsMax = 128
export const macroMsMax = 10_000
export const maxRateMin = 10
export const maxRateMax = 8000
/** Hooks, and what one of them is started with. */
export const hooksMax = 64
export const hookWordsMax = 64
export const hookWordLengthMax = 4096
export const hookTimeoutMsMin = 100
export const hookTimeoutMsMax = 600_000
export const hookDebounceMsMax = 60_000
/** Of computers that may speak to the network share without TLS. */
export const plainAddressesMax = 32
