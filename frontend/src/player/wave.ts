import WaveSurfer from 'wavesurfer.js';
import type { Waveform } from '@/api/types';

/**
 * Make a waveform that obeys the pages' security policy.
 *
 * wavesurfer.js puts a style element into its shadow root, which `style-src 'self'` forbids. While its container is not
 * in the document nothing has been applied or refused yet: we take the element out, have a constructed style sheet of
 * the same text adopted instead, and only then put the container into the page.
 */
export function createWave({
  parent,
  media,
  waveform,
  duration_s,
  height,
  colours,
}: {
  parent: HTMLElement;
  media: HTMLMediaElement;
  waveform: Waveform;
  duration_s: number;
  height: number;
  colours: WaveColours;
}): WaveSurfer {
  const host = document.createElement('div');
  const wave = WaveSurfer.create({
    container: host,
    media,
    // Two "channels": what is above the middle line and what is below it.
    peaks: [waveform.high.map((value) => value / 127), waveform.low.map((value) => value / 127)],
    duration: duration_s,
    height,
    normalize: true,
    cursorWidth: 2,
    barWidth: 2,
    barGap: 1,
    dragToSeek: true,
    ...colours,
  });
  adoptStyles(host);
  parent.append(host);
  return wave;
}

export type WaveColours = { waveColor: string; progressColor: string; cursorColor: string };

function adoptStyles(host: HTMLElement) {
  const shadow = host.firstElementChild?.shadowRoot;
  const style = shadow?.querySelector('style');
  if (!shadow || !style) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style.textContent ?? '');
  style.remove();
  shadow.adoptedStyleSheets = [sheet];
}
