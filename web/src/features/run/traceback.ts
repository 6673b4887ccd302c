/** A Python traceback taken apart, so that the reader's own code stands out. Pure. */

export interface Frame {
  kind: "frame";
  file: string;
  line: number;
  function: string;
  /** The source lines with their marks, without the common indent. */
  code: string[];
  /** Of a library or of Python itself. */
  foreign: boolean;
}

export interface Words {
  /** `head`: "Traceback ..." and what joins two of them; `error`: an exception and its message. */
  kind: "head" | "error";
  text: string;
}

export type Block = Frame | Words;

const FRAME = /^\s*File "(.*)", line (\d+)(?:, in (.*))?$/;
const HEAD =
  /^(Traceback \(most recent call last\):|During handling of the above exception, another exception occurred:|The above exception was the direct cause of the following exception:)$/;
const REPEATED = /^ {2}\[Previous line repeated \d+ more times?\]$/;
const FOREIGN =
  /[\\/](site-packages|dist-packages|lib[\\/]python3[^\\/]*|runyard[\\/](sdk|process|executors))[\\/]|^<(?!string>|stdin>)/;

/** The blocks in their order; everything that is no frame is words, so that no text is lost. */
export function parseTraceback(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.replace(/\s+$/, "").split(/\r?\n/)) {
    const last = blocks.at(-1);
    const frame = FRAME.exec(line);
    if (frame) blocks.push(frameOf(frame));
    else if (HEAD.test(line.trim()) || REPEATED.test(line))
      blocks.push({ kind: "head", text: line.trim() });
    else if (last?.kind === "frame" && /^\s{4}/.test(line)) last.code.push(line.slice(4));
    else if (last?.kind === "error") last.text += `\n${line}`;
    else if (line.trim()) blocks.push({ kind: "error", text: line });
  }
  return blocks.map((block) =>
    block.kind === "frame" ? block : { ...block, text: block.text.trimEnd() },
  );
}

function frameOf([, file = "", line = "", name = ""]: RegExpExecArray): Frame {
  const foreign = FOREIGN.test(file);
  return { kind: "frame", file, line: Number(line), function: name, code: [], foreign };
}

/** Library frames that follow each other, folded into one. */
export type Shown = Block | { kind: "folded"; count: number };

export function fold(blocks: readonly Block[]): Shown[] {
  const shown: Shown[] = [];
  for (const block of blocks) {
    const last = shown.at(-1);
    if (block.kind !== "frame" || !block.foreign) shown.push(block);
    else if (last?.kind === "folded") last.count += 1;
    else shown.push({ kind: "folded", count: 1 });
  }
  return shown;
}
