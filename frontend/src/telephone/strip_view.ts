/** The middle of a call: its strips on paper, how good they are by second, and what was found. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../chrome/format";
import type { CallPage } from "./call_page";
import { isOnLine, type StripTold, type Telephone } from "./entity";
import { gapSeconds, type Growing } from "./growing";
import { NOISY_DB } from "./paint_strip";

type Part = TemplateResult | typeof nothing;

export function middle(page: CallPage, call: Telephone): TemplateResult {
  const { pane } = page;
  const number = pane.number ?? call.strips.at(-1)?.number ?? null;
  const strip = call.strips.find((one) => one.number === number);
  const shown = pane.shown;
  return html`<section class="strip-side" aria-label="the strip">
    <div class="strip-tabs" role="group" aria-label="strips of this call">
      ${call.strips.map((one) => html`<button aria-pressed=${one.number === number} @click=${() => pane.choose(one.number)}>${tab(page, one)}</button>`)}
      ${pane.earlier > 0 ? html`<span class="faint"><kbd>PgUp</kbd> earlier</span>` : nothing}
      ${call.strips.length > 1 ? html`<span class="faint"><kbd>[</kbd> <kbd>]</kbd></span>` : nothing}
      <span class="room"></span>
      ${pane.measured === "" ? nothing : html`<b class="measured">${pane.measured}</b>`}
      <button class="quiet" aria-pressed=${pane.measuring} ?disabled=${shown === null} @click=${() => pane.measure()}>caliper <kbd>d</kbd></button>
      <button class="quiet" ?disabled=${shown === null} @click=${() => pane.turnGain()}>${pane.gain} mm/mV <kbd>g</kbd></button>
      <button class="quiet" @click=${() => page.turnPaper()}>${page.light ? "dark" : "white"} paper <kbd>b</kbd></button>
    </div>
    <div class="paper-box">${pane.paper} ${over(page, call, strip, shown)}</div>
    <div class="spoken" role="status">${pane.said}</div>
    <div class="quality-box" title="a bar a second: as high as the tone stands over the noise; hatched: not received">${pane.quality}</div>
    ${facts(call, strip, shown)} ${strip === undefined ? html`<div class="strip-after"></div>` : after(page, call, strip, shown)}
  </section>`;
}

function tab(page: CallPage, one: StripTold): TemplateResult {
  const seconds = page.pane.of(one.number)?.seconds ?? one.samples / 250;
  const state = one.struck !== "" ? "struck" : one.closed_ms === null ? "comes" : `${Math.round(seconds)} s`;
  return html`<b>Strip ${one.number}</b> ${state}`;
}

/** What stands over the paper where there is no trace on it yet. */
function over(page: CallPage, call: Telephone, strip: StripTold | undefined, shown: Growing | null): Part {
  if (page.pane.failure !== null && strip !== undefined) return html`<p class="over-paper"><b>The strip cannot be shown</b>: ${page.pane.failure}. It is asked for again.</p>`;
  if (strip === undefined)
    return html`<p class="over-paper">${isOnLine(call) ? html`<b>No strip yet.</b> It appears here by itself as soon as the patient's recorder plays its tone.` : html`<b>No strip came in this call.</b>`}</p>`;
  if (shown === null || shown.length === 0)
    return html`<p class="over-paper" role="status"><b>A strip is coming.</b> ${shown?.centreHz == null ? "" : html`Tone at <b>${Math.round(shown.centreHz)} Hz</b>. `}The trace begins in a few seconds: keep still and do not speak.</p>`;
  return nothing;
}

function facts(call: Telephone, strip: StripTold | undefined, shown: Growing | null): TemplateResult {
  if (strip === undefined || shown === null) return html`<p class="strip-facts faint">${call.strips.length === 0 ? "Quality by second stands here." : ""}</p>`;
  const snr = shown.quality?.snr_db ?? strip.snr_db;
  const gap = gapSeconds(shown);
  const speed = shown.speed ?? strip.speed;
  const known = shown.unit === "uV";
  return html`<p class="strip-facts">
    <span><b>${shown.seconds.toFixed(0)} s</b>${shown.open ? " so far" : ""}${strip.opened_ms === null ? nothing : html`, from ${clockTime(strip.opened_ms)}`}</span>
    <span class=${snr !== null && snr < NOISY_DB ? "poor" : ""}>tone over noise <b>${snr === null ? "–" : `${Math.round(snr)} dB`}</b>${snr !== null && snr < NOISY_DB ? ", noisy" : ""}</span>
    <span class=${gap > 0 ? "poor" : ""}>not received <b>${gap === 0 ? "none" : `${gap.toFixed(1)} s`}</b></span>
    <span>centre <b>${shown.centreHz === null ? "–" : `${Math.round(shown.centreHz)} Hz`}</b></span>
    <span class=${known ? "" : "poor"}>${known ? "size known" : html`<b>size not known</b>: no millivolts`}</span>
    ${shown.open && !speed ? html`<span>speed, and what is up: not known yet</span>` : html`<span class=${speed === null || speed === 0 ? "poor" : ""}>${speed === null || speed === 0 ? html`<b>speed not known</b>: no rates` : `${speed}×`}</span>`}
    ${shown.quality !== null && shown.quality.polarity === null && !shown.open ? html`<span class="poor"><b>up or down not known</b></span>` : nothing}
    ${shown.quality !== null && !shown.quality.complete && !shown.open ? html`<span class="poor"><b>broke off</b></span>` : nothing}
    ${shown.stored ? nothing : html`<span class="poor"><b>not stored</b>: the disk took nothing</span>`}
  </p>`;
}

/** After the strip ended: what was found, what cannot be said, where it lies, its case. */
function after(page: CallPage, call: Telephone, strip: StripTold, shown: Growing | null): Part {
  if (shown === null || shown.open || strip.closed_ms === null) return html`<div class="strip-after faint">${shown !== null && shown.open && shown.length > 0 ? "What was found stands here once the strip is over." : ""}</div>`;
  const { cases } = page;
  return html`<div class="strip-after">
    <div class="found-words">
      <h2>Found by the machine <span class="faint">a person judges</span></h2>
      ${finds(shown)}
      <p class="faint">A strip of one lead and ${Math.round(shown.seconds)} s shows rhythm while it lasts. It does not tell how long something went on, what was before it, nor ischemia; atrial fibrillation is told from about 70 s on.</p>
      ${shown.quality === null || shown.quality.notes.length === 0 ? nothing : html`<ul class="notes">${shown.quality.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    </div>
    <div class="strip-acts">
      ${
        strip.struck !== ""
          ? html`<p><b>Does not count</b>: ${strip.struck}</p>`
          : html`<p>${strip.start === null || strip.stream === null ? (call.stream === null ? "Kept with the call; it goes into the patient's ECG once you say who it is." : shown.unit !== "uV" || !(shown.speed ?? strip.speed) ? `It stays with the call: ${strip.unfit || "without a known size and speed it is not put into the ECG"}.${call.played === null ? "" : ` Read as ${call.played.profile || "the patient's own recorder"}, as ${call.played.by} said.`}` : "It is being put into the patient's ECG.") : html`In the <a href=${`/patient/${strip.stream}?at=${strip.start ?? 0}`} target="_blank" rel="noopener">patient's ECG</a>.`}</p>`
      }
      ${cases.map((one, i) => html`<p><a class="case-link" href=${`/worklist?case=${one.id}`}><b>Case ${one.id}</b>: ${one.title}</a> <span class="faint">${one.state}; verdict there${i === 0 ? html` <kbd>o</kbd>` : nothing}</span></p>`)}
      ${strip.struck !== "" || !page.maySetRight ? nothing : asked(page, strip)}
      ${strip.follow.length === 0 ? nothing : followUps(page, strip)}
    </div>
  </div>`;
}

function finds(shown: Growing): TemplateResult {
  if (shown.analysed === false) return html`<p><b>Not analysed</b>${shown.why === "" ? "" : `: ${shown.why}`}. Judge it by eye.</p>${shown.found.length === 0 ? nothing : findings(shown)}`;
  if (shown.analysed === null && shown.found.length === 0) return html`<p class="faint" role="status">Being analysed.</p>`;
  if (shown.found.length === 0) return html`<p>Nothing that meets a criterion. That is no diagnosis: look at the strip.</p>`;
  return findings(shown);
}

function findings(shown: Growing): TemplateResult {
  return html`<ul class="finds">${shown.found.map((one) => html`<li class=${one.tier}><b>${one.words}</b>${one.start_s === null ? nothing : html` <span class="faint">at ${one.start_s.toFixed(1)} s${one.stop_s === null ? "" : ` for ${(one.stop_s - one.start_s).toFixed(1)} s`}</span>`}${one.tier === "" ? nothing : html` <span class="tier">${one.tier}</span>`}</li>`)}</ul>`;
}

/** Who was told because of it, though it does not count; each knows better, or is still to be told. */
function followUps(page: CallPage, { number, follow }: StripTold): TemplateResult {
  const submit = (item: number) => (event: SubmitEvent) => {
    event.preventDefault();
    void page.followed(number, item, String(new FormData(event.target as HTMLFormElement).get("how") ?? "").trim());
  };
  return html`<div class="follow-ups" role="group" aria-label="who was told of it">
    <h2>Told because of it</h2>
    <ul>${follow.map(
      (one) => html`<li><b>${one.words}</b> <span class="faint">${one.tell}</span>
        ${one.how !== "" ? html`<p>✓ ${one.how} <span class="faint">${one.by}</span></p>` : html`<form @submit=${submit(one.item)}><input name="how" required maxlength="500" autocomplete="off" aria-label=${`how they know better now: ${one.words}, ${one.tell}`} placeholder="how they know better now" /><button>they know</button></form>`}</li>`,
    )}</ul>
  </div>`;
}

/** It is another person's, or counts for nothing: with a reason, on record. */
function asked(page: CallPage, strip: StripTold): Part {
  const { number, stream } = strip;
  const { asking } = page;
  if (asking?.strip === number && asking.what === "played") return recorder(page);
  if (asking === null || asking.strip !== number)
    return html`<p class="buttons">${strip.unfit === "" || strip.start !== null ? nothing : html`<button class="quiet" @click=${() => page.ask(number, "played")}>which recorder…</button>`}<button class="quiet" @click=${() => page.ask(number, "strike")}>does not count…</button>${stream === null ? nothing : html`<button class="quiet" @click=${() => page.ask(number, "move")}>another person's…</button>`}</p>`;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const why = String(given.get("why") ?? "").trim();
    if (asking.what === "strike") void page.strike(number, why);
    else void page.moveStrip(number, String(given.get("stream") ?? ""), why);
  };
  const others = page.patients.filter((one) => one.stream !== stream);
  return html`<form class="strip-asks" @submit=${submit}>
    ${asking.what === "move" ? html`<label>whose it is <select name="stream" required>${others.map((one) => html`<option value=${one.stream}>${one.patient || one.stream}, born ${one.born || "not known"}</option>`)}</select></label>` : nothing}
    <label>why <input name="why" required maxlength="500" placeholder=${asking.what === "move" ? "said another name when asked again" : "a test call"} /></label>
    <button class="strong">${asking.what === "move" ? "put it to that patient" : "it does not count"}</button><button type="button" class="quiet" @click=${() => page.escape()}>leave it <kbd>Esc</kbd></button>
  </form>`;
}

/** Which recorder played, where the sound does not tell size or speed: what is said of it stands in the report. */
function recorder(page: CallPage): Part {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    void page.played(String(given.get("profile") ?? ""), Number(given.get("speed") ?? 0), String(given.get("why") ?? "").trim());
  };
  return html`<form class="strip-asks" @submit=${submit}>
    <label>which recorder <select name="profile" required><option value="">choose</option>${page.recorders.map((one) => html`<option value=${one.name}>${one.title}</option>`)}</select></label>
    <label>played <select name="speed"><option value="0">as the sound tells it</option><option value="1">as fast as recorded</option><option value="3">3 times as fast</option></select></label>
    <label>how that is known <input name="why" required maxlength="500" placeholder="the patient read its name from the back" /></label>
    <button class="strong">read it so</button><button type="button" class="quiet" @click=${() => page.escape()}>leave it <kbd>Esc</kbd></button>
  </form>`;
}
