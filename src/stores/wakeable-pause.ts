/** A pause that can be cut short. */
export interface WakeablePause {
  /** Resolves after this many milliseconds or on `wake`; at once if that was called since the last pause. */
  pause(time: number): Promise<void>;
  wake(): void;
}

/** A pause for a single loop. */
export function wakeablePause(): WakeablePause {
  let isAwake = false;
  let end: (() => void) | null = null;
  return {
    async pause(time) {
      if (!isAwake) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, time);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isAwake = false;
      end = null;
    },
    wake() {
      isAwake = true;
      end?.();
    },
  };
}
