/** How soon a silent member is expelled: about 1, 3 or 10 seconds. */
export type DetectProfile = 'fast' | 'default' | 'patient'

/** All times of membership, in milliseconds. */
export interface Timing {
  /** The whole: from the last sign of life to the expulsion. */
  readonly detectMs: number
  /** One member is probed in each interval. */
  readonly probeIntervalMs: number
  /** Wait for a direct answer before others are asked to probe. */
  readonly ackTimeoutMs: number
  /** How long a suspected member may contradict. */
  readonly suspicionMs: number
  /** Last look before an expulsion. */
  readonly verifyMs: number
  /** How long a quorum lease lasts; below the detection time, so that it seldom delays an expulsion (rule L1). */
  readonly leaseMs: number
  readonly joinTimeoutMs: number
  readonly leaveTimeoutMs: number
  /** A slave tells its servers that it is there. */
  readonly followIntervalMs: number
}

const detectMsOf: Record<DetectProfile, number> = { fast: 1000, default: 3000, patient: 10_000 }

/**
 * The parts add up to less than the whole even when a probe has just been answered as the member fell silent:
 * two intervals until somebody probes it and gets no answer, the suspicion, the last look.
 */
export function timingOf(profile: DetectProfile): Timing {
  const detectMs = detectMsOf[profile]
  return {
    detectMs,
    probeIntervalMs: detectMs / 6,
    ackTimeoutMs: detectMs / 12,
    suspicionMs: detectMs * 0.45,
    verifyMs: detectMs / 10,
    leaseMs: detectMs * 0.8,
    joinTimeoutMs: 1000,
    leaveTimeoutMs: 2000,
    followIntervalMs: 500,
  }
}
