/** Durations that somebody chose or guessed: without seconds that say nothing. Pure. */
import { durationText } from "@/domain/time";

/** `5 m`, where a measured one would be `5 m 00 s`. */
export const plainDuration = (seconds: number): string =>
  durationText(seconds).replace(/ 00 [sm]$|\.0(?= s$)/, "");
