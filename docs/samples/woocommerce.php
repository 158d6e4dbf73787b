<?php
/**
 * Plugin Name: zhanggui shop assistant
 * Description: Puts the assistant on every page of the shop and tells it what the shopper looks at. Into wp-content/plugins/zhanggui.php.
 */

defined('ABSPATH') || exit;

const ZHANGGUI = 'https://cdn.example/zhanggui/zhanggui.js';

/** What the shopper looks at. */
function zhanggui_calls(): array {
    if (function_exists('is_product') && is_product()) {
        $product = wc_get_product(get_the_ID());
        if (!$product) {
            return [];
        }
        return [
            ['setPage', ['type' => 'product', 'id' => (string) $product->get_id(), 'title' => $product->get_name()]],
            ['addProducts', [[
                'id' => (string) $product->get_id(),
                'title' => $product->get_name(),
                'price' => html_entity_decode(wp_strip_all_tags(wc_price($product->get_price()))),
                'availability' => $product->is_in_stock() ? 'in_stock' : 'out_of_stock',
                'url' => wp_make_link_relative(get_permalink()),
                'image' => wp_get_attachment_image_url($product->get_image_id(), 'medium') ?: null,
            ]]],
        ];
    }
    if (function_exists('is_cart') && is_cart()) {
        return [['setPage', ['type' => 'cart']]];
    }
    return [];
}

function zhanggui_customer(): string {
    if (!is_user_logged_in()) {
        return 'unknown';
    }
    return wc_get_customer_order_count(get_current_user_id()) > 0 ? 'returning' : 'new';
}

add_action('wp_enqueue_scripts', function (): void {
    wp_enqueue_script('zhanggui', ZHANGGUI, [], null, ['strategy' => 'async', 'in_footer' => true]);
    $options = ['siteKey' => 'my-shop', 'locale' => str_replace('_', '-', get_locale()), 'customer' => zhanggui_customer(), 'queue' => zhanggui_calls()];
    // JSON_HEX_TAG: a product's name may hold "</script>".
    wp_add_inline_script('zhanggui', 'window.zhanggui = ' . wp_json_encode($options, JSON_HEX_TAG | JSON_UNESCAPED_UNICODE) . ';', 'before');
});

add_filter('wp_script_attributes', function (array $attributes): array {
    if (($attributes['id'] ?? '') === 'zhanggui-js') {
        $attributes['data-zhanggui'] = true;
    }
    return $attributes;
});
