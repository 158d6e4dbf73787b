import { h } from '../dom.js';
import { t, tx } from '../i18n.js';
import { icon } from '../icons.js';
import { grid, section } from '../parts.js';

export default function home({ catalog }) {
  const by = (test) => catalog.products.filter(test);
  const hasTag = (tag) => (product) => product.tags.some(({ id }) => id === tag);
  const promise = (name, title, text) => h('li', { class: 'promise' }, icon(name), h('div', {}, h('strong', {}, title), h('span', {}, text)));
  const node = h('div', {},
    h('section', { class: 'hero' },
      h('img', { class: 'hero__picture', src: 'shop/img/hero.svg', alt: '', width: 1200, height: 640, fetchpriority: 'high' }),
      h('div', { class: 'hero__text' },
        h('p', { class: 'kicker' }, t('hero_kicker')),
        h('h1', {}, t('hero_title').split('\n').map((part) => h('span', { class: 'hero__line' }, part))),
        h('p', { class: 'hero__lead' }, t('hero_text')),
        h('p', { class: 'hero__buttons' }, h('a', { href: '#/c/all?sale=winter', class: 'button' }, t('hero_cta')), h('a', { href: '#/c/appliances', class: 'button button--plain' }, t('hero_more'))))),
    h('ul', { class: 'promises' }, promise('truck', t('promise_post'), t('promise_post_text')), promise('back', t('promise_return'), t('promise_return_text')), promise('shield', t('promise_genuine'), t('promise_genuine_text')), promise('wrench', t('promise_care'), t('promise_care_text'))),
    section(t('categories'), null, '#/c/all', h('ul', { class: 'tiles' }, catalog.categories.map((category) => h('li', { class: 'tile' }, h('a', { href: `#/c/${category.id}`, class: 'tile__link' },
      h('img', { src: category.image, alt: '', width: 520, height: 360, loading: 'lazy' }), h('span', { class: 'tile__text' }, h('strong', {}, tx(category.name)), h('span', {}, tx(category.tagline)))))))),
    section(t('winter'), t('winter_text'), '#/c/all?sale=winter', grid(by((product) => product.campaign === 'winter').slice(0, 8))),
    h('div', { class: 'band' }, section(t('flash'), t('flash_text'), '#/c/all?sale=flash', grid(by((product) => product.campaign === 'flash')))),
    section(t('best'), t('best_text'), '#/c/all?tag=best', grid(by(hasTag('best')).slice(0, 8))),
    h('section', { class: 'story' }, h('img', { src: 'shop/img/stoneware-vase-scene.svg', alt: '', width: 400, height: 400, loading: 'lazy' }), h('div', {}, h('h2', {}, t('story_title')), h('p', {}, t('story_text')), h('a', { href: '#/help', class: 'more' }, t('story_link'), icon('arrow')))));
  return { title: t('tagline'), page: { type: 'home' }, node };
}
