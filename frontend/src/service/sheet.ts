/** `/service/s000001/instructions`: a patient's own sheet, to be printed: plain words, large letters. */

import { html, nothing, render, type TemplateResult } from "lit";
import { wordsOf, Requests } from "../prescribe/requests";
import { dayWords, type Sheet, sheetOf } from "./told";

export class SheetPage {
  private told: Sheet | null = null;
  private failure: string | null = null;
  private readonly requests = new Requests();

  constructor(
    private readonly root: HTMLElement,
    private readonly stream: string,
  ) {
    document.documentElement.dataset.theme = "dark";
    document.body.classList.add("patient-sheet");
    this.draw();
    void this.load();
  }

  describe(): object {
    return { page: "instructions", stream: this.stream, known: this.told !== null };
  }

  private async load(): Promise<void> {
    try {
      this.told = sheetOf(await this.requests.read(`instructions/${this.stream}`));
      document.title = `Instructions for ${this.told.patient}`;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  private draw(): void {
    const { told } = this;
    render(
      html`<div class="prescribe instructions">
        <header class="top no-print">
          <a class="brand" href=${`/service/${this.stream}`}>◂ the period</a>
          <h1>Instructions</h1>
          ${told === null ? nothing : html`<button type="button" class="main" @click=${() => print()}>Print</button>`}
        </header>
        ${told === null ? html`<main class="empty"><p role="status">${this.failure === null ? "Asked for." : `They cannot be shown: ${this.failure}.`}</p></main>` : sheet(told)}
      </div>`,
      this.root,
    );
  }
}

const call = (told: Sheet): TemplateResult => (told.centerTelephone === "" ? html`us at <span class="blank"></span>` : html`us at <b>${told.centerTelephone}</b>`);

/** The sheet of a patient who has a recorder and a telephone. */
function telephoneSheet(told: Sheet): TemplateResult {
  return html`<main class="paper" lang="en">
    <h2>Your heart recorder and our telephone</h2>
    <p class="whose"><b>${told.patient}</b><br />Your code <b>${told.code.slice(0, 3)} ${told.code.slice(3)}</b><br />
      From ${dayWords(told.firstDay)}<br />To ${dayWords(told.lastDay)}</p>
    <section class="emergency"><h3>Emergency: call ${told.emergency}</h3>
      <p>Chest pain, trouble breathing, fainting, weakness on one side, or you feel in danger: call <b>${told.emergency}</b> first, not us. Do not stop to record. The recorder cannot treat you.</p></section>
    <section><h3>When you feel something</h3><ul>
      <li>Sit or lie down. Hold or place the recorder as you were shown, and keep still.</li>
      <li>Press its button and wait until it has finished.</li>
      <li>Note the time, what you felt, and what you were doing.</li>
    </ul></section>
    <section><h3>Then call ${call(told)}, any time of day or night</h3><ul>
      <li>A person answers. Say your name and your code, <b>${told.code.slice(0, 3)} ${told.code.slice(3)}</b>, or press it on the keys.</li>
      <li>Say what you felt, when, and what medicine you took.</li>
      <li>When you are told to, hold the mouthpiece on the recorder, and play the recording. Keep the room quiet and do not speak until the tone is over.</li>
      <li>Come back to the telephone. We tell you whether the recording came through.</li>
    </ul></section>
    <section><h3>If it does not work</h3><ul>
      <li><b>Use a wired telephone if you can.</b> Mobile phones and speakerphones often spoil the tone.</li>
      <li><b>It did not come through:</b> do not erase the recording; play it again when asked.</li>
      <li><b>You go to a hospital or emergency room:</b> have somebody call us.</li>
    </ul></section>
    <section><h3>What we do not see</h3><p>Nobody watches your heart between calls: we see only what you send. We call you about 24 hours after you begin. If we see something important, we call your doctor, and perhaps you: please answer.</p>
      ${told.physician === "" ? nothing : html`<p>Your doctor: <b>${told.physician}</b>${told.physicianTelephone === "" ? nothing : html`, ${told.physicianTelephone}`}</p>`}</section>
    <p class="foot">${told.patient} · strips by telephone · printed ${dayWords(told.printed)}</p>
  </main>`;
}

function sheet(told: Sheet): TemplateResult {
  if (told.code !== "") return telephoneSheet(told);
  return html`<main class="paper" lang="en">
    <h2>Your heart monitor</h2>
    <p class="whose"><b>${told.patient}</b><br />Transmitter <b>${told.transmitter}</b>${told.leads.length === 0 ? nothing : html` · ${told.leads.length === 1 ? "lead" : "leads"} ${told.leads.join(", ")}`}<br />
      From ${dayWords(told.firstDay)}<br />To ${dayWords(told.lastDay)}</p>
    <section class="emergency"><h3>Emergency: call ${told.emergency}</h3>
      <p>Chest pain, trouble breathing, fainting, weakness on one side, or you feel in danger: call <b>${told.emergency}</b> first. Do not wait for us to call you. This monitor cannot treat you, and it does not replace the ambulance.</p></section>
    <section><h3>Wearing it</h3><ul>
      <li>Wear it day and night. Only you may wear this transmitter.</li>
      <li>Keep the transmitter near you, also when you sleep.</li>
      <li>Take it off to shower or swim, unless you were told that yours may get wet. Dry your skin well and put it back on at once.</li>
      <li>Change the patches every day, or when they come loose. Put them on clean, dry skin, a little beside the old place.</li>
    </ul></section>
    <section><h3>When you feel something</h3><p>Press the button on the transmitter. Then note what you felt and what you were doing: heart racing or skipping, dizzy, weak, short of breath, pain. You cannot press it too often.</p></section>
    <section><h3>If something is not right</h3><ul>
      <li><b>A patch or wire is off:</b> press it back on, or use a new patch. The signal comes back by itself.</li>
      <li><b>The battery is low:</b> charge it, or change it, right away. While it charges, keep it close.</li>
      <li><b>No connection:</b> go near a window or another room. It keeps your recording and sends it later.</li>
      <li><b>Your skin is red or itches:</b> move the patch. If it blisters or hurts, call us.</li>
      <li><b>You go to a hospital or emergency room:</b> tell them about the monitor and have somebody call us.</li>
    </ul></section>
    <section><h3>Questions, any time of day or night</h3><p>Call ${call(told)}${told.center === "" ? nothing : html` (${told.center})`}. We call you about 24 hours after you begin. If we see something important, we call your doctor, and perhaps you: please answer.</p>
      ${told.physician === "" ? nothing : html`<p>Your doctor: <b>${told.physician}</b>${told.physicianTelephone === "" ? nothing : html`, ${told.physicianTelephone}`}</p>`}</section>
    <section><h3>When it is over</h3><p>Take everything off on the last day and send it back in the box within a week. The next patient needs it.</p></section>
    <p class="foot">${told.patient} · ${told.transmitter} · printed ${dayWords(told.printed)}</p>
  </main>`;
}
