import { afterEach, describe, expect, it } from 'vitest';
import { commandFor } from './shortcuts';

function press(html: string, key: string, init: KeyboardEventInit = {}) {
  document.body.innerHTML = html;
  const target = document.body.firstElementChild ?? document.body;
  let command: ReturnType<typeof commandFor> = null;
  document.addEventListener('keydown', (event) => (command = commandFor(event)), { once: true });
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
  return command;
}

describe('commandFor', () => {
  afterEach(() => document.body.replaceChildren());

  it('works on the page itself', () => {
    expect(press('<p></p>', ' ')).toBe('toggle');
    expect(press('<p></p>', 'j')).toBe('back');
    expect(press('<main tabindex="-1"></main>', 'ArrowRight')).toBe('step-forward');
  });

  it('leaves fields alone', () => {
    for (const html of [
      '<input>',
      '<textarea></textarea>',
      '<select></select>',
      '<div contenteditable="true"></div>',
    ])
      for (const key of [' ', 'k', 'ArrowLeft']) expect(press(html, key)).toBeNull();
  });

  it('leaves buttons, links and rows their own keys, and takes letters there', () => {
    for (const html of ['<button></button>', '<a href="/"></a>', '<div tabindex="0"></div>']) {
      expect(press(html, ' ')).toBeNull();
      expect(press(html, 'ArrowRight')).toBeNull();
      expect(press(html, 'k')).toBe('toggle');
    }
  });

  it('leaves the browser its own', () => {
    expect(press('<p></p>', 'l', { ctrlKey: true })).toBeNull();
    expect(press('<p></p>', 'm', { metaKey: true })).toBeNull();
  });
});
