/** Sites and their stations: which are alive, who sits there. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, plural } from "../chrome/format";
import { STATION_KINDS } from "./forms";
import type { Places, SiteRecord, StationRecord } from "./records";

export interface PlacesActs {
  readonly addSite: () => void;
  readonly changeSite: (site: SiteRecord) => void;
  readonly closeSite: (site: SiteRecord) => void;
  readonly addStation: (site: SiteRecord) => void;
  readonly changeStation: (one: StationRecord, site: SiteRecord) => void;
  readonly screen: (one: StationRecord) => void;
  readonly retire: (one: StationRecord) => void;
}

export interface PlacesModel {
  readonly places: Places;
  readonly now: number;
  readonly able: boolean;
}

function alive(one: StationRecord, now: number): TemplateResult {
  if (!one.active) return html`<span class="faint">retired</span>`;
  if (one.alive) return html`<b>alive</b>`;
  if (one.seenMs === null) return html`<span class="faint">not heard since the center started</span>`;
  const silent = html`silent for ${coarse(now - one.seenMs)}`;
  return one.people.length > 0 ? html`<b class="flag">${silent}</b>` : html`<span class="faint">${silent}</span>`;
}

function station(one: StationRecord, site: SiteRecord, { able, now }: PlacesModel, acts: PlacesActs): TemplateResult {
  return html`<tr class=${one.active ? "" : "gone"}>
    <th scope="row">${one.name} <span class="faint">${one.id}</span></th>
    <td>${(STATION_KINDS[one.kind] ?? one.kind).split(":")[0]}</td>
    <td>${alive(one, now)}</td>
    <td>${one.people.join(", ")}${one.watches === 0 ? nothing : html` <span class="faint">${plural(one.watches, "watch", "watches")}</span>`}</td>
    <td class="number">${
      !able
        ? html`<span class="faint">${one.key}</span>`
        : html`${one.active ? html`<button class="quiet" @click=${() => acts.changeStation(one, site)}>change</button>` : nothing}
            <button class="quiet" @click=${() => acts.screen(one)}>${one.active ? "another screen" : "a screen again"}</button>
            ${one.active ? html`<button class="quiet" @click=${() => acts.retire(one)}>retire …</button>` : nothing}`
    }</td>
  </tr>`;
}

const waiting = ({ station, name, expiresMs }: SiteRecord["waiting"][number], now: number): TemplateResult =>
  html`<tr><th scope="row">${name} <span class="faint">${station}</span></th><td></td><td colspan="3">its link waits for a screen, ${coarse(expiresMs - now)} more</td></tr>`;

function siteView(site: SiteRecord, model: PlacesModel, acts: PlacesActs): TemplateResult {
  const { able, places } = model;
  const territory = places.territories.find(([code]) => code === site.territory)?.[1] ?? site.territory;
  const stations = [...site.stations].sort((a, b) => Number(b.active) - Number(a.active) || a.id - b.id);
  return html`<section class=${site.active ? "part" : "part closed"}>
    <header><h2><span class="site-name">${site.name}</span>${site.active ? nothing : html` <b class="flag">closed</b>`}</h2>
      ${!able ? nothing : html`${site.active ? html`<button @click=${() => acts.addStation(site)}>a new station</button>` : nothing}
        <button class="quiet" @click=${() => acts.changeSite(site)}>${site.active ? "change" : "open again …"}</button>
        ${site.active ? html`<button class="quiet" @click=${() => acts.closeSite(site)}>close …</button>` : nothing}`}</header>
    <p class="address">${site.address}, ${territory} <span class="faint">· stations speak from ${site.networks.join(", ")}</span></p>
    ${
      stations.length + site.waiting.length === 0
        ? html`<p class="none">No station here.</p>`
        : html`<table class="stations">
            <thead><tr><th scope="col">Station</th><th scope="col">Kind</th><th scope="col">State</th><th scope="col">There now</th><th scope="col">${able ? nothing : "Key begins"}</th></tr></thead>
            <tbody>${stations.map((one) => station(one, site, model, acts))}${site.waiting.map((one) => waiting(one, model.now))}</tbody>
          </table>`
    }
  </section>`;
}

export function placesView(model: PlacesModel, acts: PlacesActs): TemplateResult {
  const { places, able } = model;
  const sites = [...places.sites].sort((a, b) => Number(b.active) - Number(a.active) || a.id - b.id);
  const stations = sites.flatMap((site) => site.stations.filter((one) => one.active && site.active));
  return html`<div class="summary">
      <p>${plural(sites.filter(({ active }) => active).length, "site")}, ${plural(stations.length, "station")}, <b>${stations.filter((one) => one.alive).length}</b> alive</p>
      ${able ? html`<button class="strong" @click=${acts.addSite}>a new site <kbd>n</kbd></button>` : nothing}
    </div>
    ${sites.length === 0 ? html`<section class="part"><p class="none">No site yet. Surveillance begins with the first station that is registered at one; until then nobody watches, and no moment counts as an incident.</p></section>` : sites.map((site) => siteView(site, model, acts))}`;
}
