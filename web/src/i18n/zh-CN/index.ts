/** All Chinese messages as one chunk. */
import { byArea } from "..";

const files = import.meta.glob<Record<string, unknown>>(["./*.ts", "!./index.ts"], {
  eager: true,
  import: "default",
});

export default byArea(files);
