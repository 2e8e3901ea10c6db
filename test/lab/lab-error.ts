/** The lab itself failed: the machine did not boot, ended, or did not do in time what was waited for. */
export class LabError extends Error {
  override readonly name = 'LabError'
}

/** Adds to a message what is known of the machine, such as the last lines of its console. */
export type Explain = (message: string) => string

/** The lab cannot run on this machine; the message says what is missing. */
export class LabUnavailable extends LabError {}
