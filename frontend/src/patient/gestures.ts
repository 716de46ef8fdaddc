/** Wheel, drag, pinch and double click on a pane, told as moves of the map. */

export interface GestureActs {
  /** Zoom by a factor around pixel x. */
  readonly zoom: (factor: number, x: number) => void;
  /** Move by pixels, to later times for positive. */
  readonly pan: (px: number) => void;
  /** Whether a drag that begins now measures instead of moves. */
  readonly measuring: (event: PointerEvent) => boolean;
  readonly measure: (phase: "begin" | "move", x: number, y: number) => void;
  readonly hover: (x: number | null, y: number) => void;
}

const place = (event: { readonly clientX: number; readonly clientY: number }, element: HTMLElement) => {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

/** Zoom factor of a wheel event: smooth for touch pads, a fifth a notch for wheels. */
export function wheelFactor(event: Pick<WheelEvent, "deltaY" | "deltaMode" | "ctrlKey">): number {
  const px = event.deltaMode === 1 ? event.deltaY * 33 : event.deltaY;
  const speed = event.ctrlKey ? 0.01 : 0.0022;
  return Math.exp(-Math.max(-300, Math.min(300, px)) * speed);
}

export function listen(element: HTMLElement, acts: GestureActs): void {
  const touches = new Map<number, { x: number; y: number }>();
  let measuring = false;
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) acts.pan(sideways);
      else acts.zoom(wheelFactor(event), place(event, element).x);
    },
    { passive: false },
  );
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = place(event, element);
    element.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, at);
    measuring = touches.size === 1 && acts.measuring(event);
    if (measuring) acts.measure("begin", at.x, at.y);
  });
  element.addEventListener("pointermove", (event) => {
    const at = place(event, element);
    const before = touches.get(event.pointerId);
    if (before === undefined) {
      acts.hover(at.x, at.y);
      return;
    }
    if (measuring) acts.measure("move", at.x, at.y);
    else if (touches.size === 1) acts.pan(before.x - at.x);
    else pinch(touches, event.pointerId, before, at, acts);
    touches.set(event.pointerId, at);
  });
  const release = (event: PointerEvent) => {
    touches.delete(event.pointerId);
    if (touches.size === 0) measuring = false;
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);
  element.addEventListener("pointerleave", () => acts.hover(null, 0));
}

function pinch(
  touches: ReadonlyMap<number, { x: number; y: number }>,
  id: number,
  before: { x: number },
  at: { x: number },
  acts: GestureActs,
): void {
  const other = [...touches].find(([key]) => key !== id)?.[1];
  if (other === undefined) return;
  const was = Math.max(20, Math.abs(before.x - other.x));
  const is = Math.max(20, Math.abs(at.x - other.x));
  acts.zoom(is / was, (at.x + other.x) / 2);
  acts.pan((before.x - at.x) / 2);
}
