/** The worker of a tab: owns the socket and paints, so that nothing the page does can delay the picture. */

import { screenNow } from "./clock";
import { Screen } from "./screen";
import type { FromWorker, ToWorker } from "./worker_messages";

const STATUS_MS = 250;

const world = {
  open: (url: string) => new WebSocket(url),
  later: (act: () => void, ms: number) => self.setTimeout(act, ms),
  cancel: (timer: number) => self.clearTimeout(timer),
  now: screenNow,
  random: Math.random,
};

const post = (message: FromWorker) => (self as unknown as Worker).postMessage(message);

let screen: Screen | null = null;

function run(begun: Screen): void {
  const frame = () => {
    begun.frame();
    self.requestAnimationFrame(frame);
  };
  self.requestAnimationFrame(frame);
  self.setInterval(() => begun.status(), STATUS_MS);
}

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.type === "start") {
    screen = new Screen(message.url, message.canvas, message.visible, post, world);
    run(screen);
  } else screen?.told(message);
};
