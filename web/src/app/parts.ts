/**
 * Parts of the page that are fetched when they are needed, and may not be there then: the server
 * is away, or it was upgraded and has other parts now.
 */
import type { Router } from "vue-router";

import { i18n } from "@/i18n";
import { useToasts } from "@/ui";

const RELOADED = "runyard.reloaded";
const AGAIN_MS = 10_000;

/** What browsers say when a script can't be had; there is no better sign. */
const isMissingPart = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|importing a module script|preload CSS/i.test(error.message);

/** Goes to a page whose part is missing by a fresh document, or says that it can't be had. */
export function mendRoutes(router: Router, load: (path: string) => void = openFresh): void {
  router.onError(async (error, to) => {
    if (!isMissingPart(error)) return;
    // Once: a server without this part must not make the page reload for ever.
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (Date.now() - last > AGAIN_MS && (await isThere())) {
      sessionStorage.setItem(RELOADED, String(Date.now()));
      load(to.fullPath);
      return;
    }
    const { t } = i18n.global;
    useToasts().push({
      title: t("app.part.missing"),
      detail: t("app.part.missingText"),
      tone: "danger",
      action: { label: t("app.part.again"), run: () => load(to.fullPath) },
    });
  });
}

function openFresh(path: string): void {
  location.assign(path);
}

async function isThere(): Promise<boolean> {
  try {
    return (await fetch("/api/system/health", { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    // Not reachable, which is the answer.
    return false;
  }
}
