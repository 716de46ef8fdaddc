/** Forms as data: which fields, what is sent, and an error beside the field that it names. */

import { html, nothing, type TemplateResult } from "lit";
import { MOST_MB, type Upload } from "./upload";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "date" | "lines" | "choice" | "several" | "document";
  readonly hint?: string;
  readonly options?: readonly (readonly [string, string])[];
  /** Texts to choose from that may also be typed over. */
  readonly suggestions?: readonly string[];
  readonly optional?: boolean;
  /** Of a text of lines: how many are seen at once. */
  readonly rows?: number;
}

export type Values = Readonly<Record<string, string | readonly string[]>>;

export interface Form {
  readonly title: string;
  /** What will follow from it, where that must be thought over before. */
  readonly warning?: string;
  readonly fields: readonly Field[];
  readonly values: Values;
  readonly submit: string;
  /** A second way to send it: its button, by name. */
  readonly other?: { readonly name: string; readonly label: string };
  /** Does it; words where it was refused. */
  readonly send: (values: Values, way: string) => Promise<string | null>;
}

/** Words of a refusal, split into the field that they name and what is wrong with it. */
export function refusal(words: string, fields: readonly Field[]): { readonly field: string | null; readonly words: string } {
  const named = /^(\w+): (.+)$/s.exec(words);
  const field = fields.find(({ name }) => name === named?.[1]?.replace(/_ms$/, ""));
  return field === undefined ? { field: null, words } : { field: field.name, words: named![2]! };
}

/** Local midnight of a day as `<input type=date>` writes it, so many days later; NaN where it is none. */
export function dayMs(text: string, later = 0): number {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return day === null ? Number.NaN : new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]) + later).getTime();
}

/** The local day of an instant as `<input type=date>` takes it. */
export function dayText(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** What stands in a form now. */
export function valuesOf(form: HTMLFormElement, fields: readonly Field[]): Values {
  const data = new FormData(form);
  return Object.fromEntries(
    fields.map(({ name, kind }) => [
      name,
      kind === "several" ? data.getAll(name).map(String) : String(data.get(name) ?? "").trim(),
    ]),
  );
}

export const text = (values: Values, name: string): string => {
  const value = values[name];
  return typeof value === "string" ? value : "";
};

export interface Shown {
  readonly form: Form;
  readonly busy: boolean;
  readonly problem: { readonly field: string | null; readonly words: string } | null;
  /** The document that was chosen, and how one is. */
  readonly upload: Upload;
  readonly choose: (file: File | null) => void;
}

function control(field: Field, values: Values, invalid: boolean, described: string | typeof nothing): TemplateResult {
  const { name, kind, optional = false } = field;
  const value = text(values, name);
  const flaw = invalid ? "true" : nothing;
  if (kind === "choice")
    return html`<select id=${`f-${name}`} name=${name} ?required=${!optional} aria-invalid=${flaw} aria-describedby=${described}>
      ${optional || value === "" ? html`<option value="" ?selected=${value === ""}>${optional ? "none" : "choose …"}</option>` : nothing}
      ${field.options?.map(([key, label]) => html`<option value=${key} ?selected=${key === value}>${label}</option>`)}
    </select>`;
  if (kind === "lines")
    return html`<textarea id=${`f-${name}`} name=${name} rows=${field.rows ?? 3} ?required=${!optional} aria-invalid=${flaw} aria-describedby=${described} .value=${value}></textarea>`;
  return html`<input id=${`f-${name}`} name=${name} type=${kind === "date" ? "date" : "text"} autocomplete="off" ?required=${!optional} list=${field.suggestions === undefined ? nothing : `l-${name}`}
      aria-invalid=${flaw} aria-describedby=${described} .value=${value} />
    ${field.suggestions === undefined ? nothing : html`<datalist id=${`l-${name}`}>${field.suggestions.map((one) => html`<option value=${one}></option>`)}</datalist>`}`;
}

function sent(upload: Upload): TemplateResult | typeof nothing {
  if (upload.state === "sending")
    return html`<progress max="1" .value=${upload.share} aria-label=${`sending ${upload.name}`}></progress> <span>sending ${upload.name}, ${Math.round(100 * upload.share)} %</span>`;
  if (upload.state !== "kept") return nothing;
  return html`<span><b>on file</b> <a href=${`/api/documents/${upload.digest}`} target="_blank" rel="noopener">${upload.name}</a></span> <code title=${upload.digest}>${upload.digest.slice(0, 12)}…</code>`;
}

/** A file that is sent as soon as it is chosen; what the form sends is its digest. */
function documentRow(field: Field, { upload, choose, problem }: Shown): TemplateResult {
  const { name } = field;
  const refused = problem?.field === name ? problem.words : upload.state === "wrong" ? `${upload.name}: ${upload.words}` : null;
  return html`<div class="field">
    <label for=${`f-${name}`}>${field.label} <span class="faint">· may be empty</span></label>
    <input id=${`f-${name}`} type="file" accept=".pdf,.png,.jpg,.jpeg,application/pdf,image/png,image/jpeg" aria-invalid=${refused === null ? nothing : "true"}
      aria-describedby=${refused === null ? `h-${name}` : `e-${name}`} @change=${(event: Event) => choose((event.target as HTMLInputElement).files?.[0] ?? null)} />
    <input type="hidden" name=${name} .value=${upload.state === "kept" ? upload.digest : ""} />
    <div class="sent"><span role="status">${sent(upload)}</span>${
      upload.state === "none"
        ? nothing
        : html` <button
            type="button"
            class="quiet"
            @click=${({ target }: Event) => {
              const chosen = (target as HTMLElement).closest(".field")?.querySelector<HTMLInputElement>("input[type=file]");
              if (chosen) chosen.value = "";
              choose(null);
            }}
          >
            without it
          </button>`
    }</div>
    ${refused === null ? html`<span class="hint" id=${`h-${name}`}>PDF, PNG or JPEG, at most ${MOST_MB} MB</span>` : html`<span class="wrong" id=${`e-${name}`} role="alert">${refused}</span>`}
  </div>`;
}

function row(field: Field, shown: Shown): TemplateResult {
  if (field.kind === "document") return documentRow(field, shown);
  const { form, problem } = shown;
  const wrong = problem?.field === field.name ? problem.words : null;
  const described = wrong !== null ? `e-${field.name}` : field.hint !== undefined ? `h-${field.name}` : nothing;
  const below = html`${wrong !== null ? html`<span class="wrong" id=${`e-${field.name}`} role="alert">${wrong}</span>` : field.hint === undefined ? nothing : html`<span class="hint" id=${`h-${field.name}`}>${field.hint}</span>`}`;
  if (field.kind === "several") {
    const chosen = form.values[field.name] ?? [];
    return html`<fieldset aria-describedby=${described}>
      <legend>${field.label}</legend>
      <div class="several">
        ${field.options?.map(([key, label]) => html`<label><input type="checkbox" name=${field.name} value=${key} .checked=${chosen.includes(key)} /> ${label}</label>`)}
      </div>
      ${below}
    </fieldset>`;
  }
  return html`<div class="field">
    <label for=${`f-${field.name}`}>${field.label}${field.optional ? html` <span class="faint">· may be empty</span>` : nothing}</label>
    ${control(field, form.values, wrong !== null, described)} ${below}
  </div>`;
}

/** The form in a dialog: Esc and "cancel" leave it, Enter sends it. */
export function formView(shown: Shown, send: (form: HTMLFormElement, way: string) => void, leave: () => void): TemplateResult {
  const { form, problem } = shown;
  const busy = shown.busy || shown.upload.state === "sending";
  return html`<dialog class="form" aria-labelledby="form-title" @cancel=${(event: Event) => (event.preventDefault(), leave())}>
    <form
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        send(event.target as HTMLFormElement, (event.submitter as HTMLButtonElement | null)?.value ?? "");
      }}
    >
      <h2 id="form-title">${form.title}</h2>
      ${form.warning === undefined ? nothing : html`<p class="warning">${form.warning}</p>`} ${form.fields.map((field) => row(field, shown))}
      <p class="problem" role="alert" ?hidden=${problem === null || problem.field !== null}>${problem?.field === null ? problem.words : nothing}</p>
      <div class="buttons">
        <button class="main" value="" ?disabled=${busy}>${form.submit}</button>
        ${form.other === undefined ? nothing : html`<button value=${form.other.name} ?disabled=${busy}>${form.other.label}</button>`}
        <button type="button" class="quiet" @click=${leave}>cancel <kbd>Esc</kbd></button>
      </div>
    </form>
  </dialog>`;
}
