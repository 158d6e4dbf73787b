// The catalog of the demo shop, in the shortest form a person can edit.
// `node demo/data/build.mjs` turns it into www/shop/data/products.json; prices here are in yuan.

export const CATEGORIES = [
  ['clothing', '服饰鞋履', 'Clothing & shoes', '天然面料，四季可穿', 'Natural cloth for every season'],
  ['home', '家居床品', 'Home & bedding', '睡得好，住得松弛', 'Rest well, live at ease'],
  ['kitchen', '厨房餐具', 'Kitchen & table', '好好做饭的器物', 'Tools for proper meals'],
  ['appliances', '生活小电', 'Small appliances', '安静、省事、好清洁', 'Quiet, simple, easy to clean'],
  ['care', '个人护理', 'Personal care', '成分简单，日日安心', 'Short lists of ingredients'],
  ['bags', '箱包旅行', 'Bags & travel', '轻装出门，稳稳到达', 'Travel light, arrive well'],
  ['gifts', '文具礼物', 'Stationery & gifts', '写给自己，送给别人', 'To write, to keep, to give'],
];

export const COLORS = {
  oat: ['燕麦', 'Oat', '#d8c4a2'], ivory: ['米白', 'Ivory', '#f1e9da'], clay: ['陶土', 'Clay', '#c0714f'],
  sage: ['鼠尾草绿', 'Sage', '#8fa286'], forest: ['松针绿', 'Pine', '#4b6552'], indigo: ['靛蓝', 'Indigo', '#405877'],
  mist: ['雾蓝', 'Mist blue', '#9db6c6'], rose: ['豆沙', 'Dusty rose', '#cb9187'], charcoal: ['炭灰', 'Charcoal', '#55514d'],
  ink: ['墨黑', 'Ink', '#33302f'], mustard: ['姜黄', 'Mustard', '#d3a44c'], chestnut: ['栗棕', 'Chestnut', '#7f5b45'],
  steel: ['钢灰', 'Steel', '#b4babd'], wood: ['原木', 'Natural wood', '#c99f6c'], clear: ['透明', 'Clear', '#c6dad8'],
  persimmon: ['柿红', 'Persimmon', '#cd5f41'], cream: ['奶白', 'Cream', '#f7f2e8'], lilac: ['藕荷', 'Lilac', '#b4a2ba'],
  amber: ['琥珀', 'Amber', '#ad6c30'],
};

export const CARE = {
  cotton: ['30 ℃ 以下轻柔机洗，反面晾干，中温熨烫', 'Gentle machine wash below 30 °C, dry inside out, medium iron'],
  wool: ['冷水手洗或专业干洗，平铺晾干', 'Hand wash cold or dry clean, dry flat'],
  down: ['建议专业清洗，收纳前充分晾干', 'Professional cleaning; dry fully before storing'],
  shoes: ['软刷蘸清水擦洗，阴凉处晾干', 'Brush with clean water, dry in the shade'],
  leather: ['软布擦拭，避免暴晒与浸水，定期上护理油', 'Wipe with a soft cloth, avoid sun and soaking, condition now and then'],
  wipe: ['湿布擦拭，勿用酒精与硬刷', 'Wipe with a damp cloth; no alcohol or hard brushes'],
  air: ['定期通风晾晒，外套可拆洗', 'Air regularly; the cover comes off for washing'],
  iron: ['首次使用前开锅，洗后擦干并薄涂食用油', 'Season before first use; dry and oil thinly after washing'],
  dish: ['可用洗碗机，避免骤冷骤热', 'Dishwasher safe; avoid sudden changes of temperature'],
  hand: ['中性洗涤剂手洗，及时擦干', 'Hand wash with mild soap and dry at once'],
  power: ['清洁前断电，机身用湿布擦拭，勿浸水', 'Unplug before cleaning, wipe the body, never immerse'],
  cool: ['阴凉干燥处密封保存，避免儿童接触', 'Keep sealed in a cool dry place, away from children'],
  dry: ['防潮避光保存', 'Keep dry and out of direct sun'],
};

export const TAGS = {
  new: ['新品', 'New'], best: ['人气', 'Best seller'], cotton: ['纯棉', 'Cotton'], linen: ['亚麻', 'Linen'], wool: ['羊毛', 'Wool'],
  warm: ['保暖', 'Warm'], light: ['轻便', 'Light'], waterproof: ['防泼水', 'Water repellent'], gift: ['适合送礼', 'Good gift'],
  quiet: ['静音', 'Quiet'], kids: ['儿童', 'Kids'], vegan: ['植物成分', 'Plant based'], nofrag: ['无香', 'Fragrance free'],
  travel: ['差旅', 'Travel'], handmade: ['手工', 'Handmade'], engrave: ['可刻字', 'Engraving'], tea: ['茶', 'Tea'],
  sleep: ['助眠', 'Sleep'], save: ['省电', 'Energy saving'], install: ['上门安装', 'Installed for you'], recycled: ['再生材料', 'Recycled'],
};

const TOPS = 'S,M,L,XL', SHOES = '36,37,38,39,40,41,42,43';

// slug, kind, zh, en, price, list price, colors, sizes, options, description zh, description en, material zh|en, care, tags
// options: campaign (winter, flash), presale (days), soldOut, large, returns (unopened, unused), warranty, table, engrave, focus
export const PRODUCTS = {
  clothing: [
    ['washed-cotton-shirt', 'shirt', '水洗棉宽松衬衫', 'Washed cotton shirt', 169, 219, 'ivory,mist,sage', TOPS, { campaign: 'winter', table: 'top' }, '先织后水洗的长绒棉，洗后不硬、微皱更好看。落肩版型，单穿或当薄外套都合适。', 'Long-staple cotton washed after weaving: soft from the first day and better a little creased. Dropped shoulders; wear it alone or open as a light layer.', '100% 长绒棉|100% long-staple cotton', 'cotton', 'cotton,best'],
    ['linen-midi-dress', 'dress', '法国亚麻中长连衣裙', 'French linen midi dress', 329, 399, 'clay,oat,indigo', 'S,M,L', { table: 'dress' }, '选用法国亚麻，经纬分明却不扎身。收腰系带可松可紧，两侧有隐形口袋。', 'French flax with a clear weave and no itch. The tie waist loosens or gathers; two hidden pockets at the sides.', '100% 亚麻|100% linen', 'cotton', 'linen'],
    ['merino-sweater', 'sweater', '美利奴圆领毛衣', 'Merino crew sweater', 299, 399, 'oat,forest,rose,charcoal', TOPS, { campaign: 'winter', table: 'top' }, '18.5 微米美利奴羊毛，贴身穿不刺痒。罗纹袖口包缝两道，久穿不松垮。', '18.5-micron merino that sits kindly on bare skin. Ribbed cuffs are bound twice so they keep their shape.', '100% 美利奴羊毛|100% merino wool', 'wool', 'wool,warm,best'],
    ['organic-tee', 'tee', '有机棉重磅 T 恤', 'Heavyweight organic tee', 89, 0, 'cream,ink,clay,mist', 'S,M,L,XL,XXL', { table: 'top' }, '240 克有机棉，挺括不透。领口加固，机洗五十次仍然服帖。', '240 g organic cotton, firm and never see-through. The collar is reinforced and lies flat after fifty washes.', '100% 有机棉|100% organic cotton', 'cotton', 'cotton'],
    ['straight-jeans', 'jeans', '高腰直筒牛仔裤', 'High-rise straight jeans', 239, 289, 'indigo,ink', '26,27,28,29,30,31', { table: 'trousers' }, '12 盎司丹宁，微弹直筒，久坐不勒。少水水洗工艺，颜色沉稳。', '12 oz denim with a little stretch and a straight leg that is kind when seated. Washed with less water for a deep, calm blue.', '98% 棉 2% 氨纶|98% cotton, 2% elastane', 'cotton', 'cotton'],
    ['light-down-jacket', 'puffer', '轻暖立领羽绒服', 'Light stand-collar down jacket', 599, 799, 'forest,ivory,ink', TOPS, { campaign: 'winter', table: 'top' }, '90% 白鸭绒，650 蓬松度，整件约 480 克。面料防泼水，可收进随附小袋。', '90% white duck down at 650 fill, about 480 g in all. Water-repellent shell; packs into its own pouch.', '面料锦纶，填充白鸭绒|Nylon shell, white duck down', 'down', 'warm,light,waterproof'],
    ['wool-coat', 'coat', '双面羊毛大衣', 'Double-faced wool coat', 1099, 1499, 'oat,charcoal', 'S,M,L', { campaign: 'winter', table: 'coat', presale: 12 }, '手工双面缝制，没有里布也挺括。过膝长度，腰带可取下。', 'Sewn double-faced by hand, so it holds its line without lining. Falls below the knee; the belt comes off.', '90% 羊毛 10% 羊绒|90% wool, 10% cashmere', 'wool', 'wool,warm,handmade'],
    ['canvas-sneakers', 'sneaker', '复古帆布鞋', 'Classic canvas sneakers', 159, 199, 'cream,indigo,persimmon', SHOES, { table: 'shoes' }, '12 安帆布配天然橡胶大底，缝线加粘合双重固定。鞋垫可取出清洗。', '12 oz canvas on a natural rubber sole, both stitched and bonded. The insole comes out for washing.', '帆布，天然橡胶|Canvas, natural rubber', 'shoes', 'best'],
    ['cloud-runners', 'runner', '轻弹慢跑鞋', 'Cushioned running shoes', 369, 459, 'mist,charcoal,mustard', SHOES, { table: 'shoes' }, '回弹中底，单只约 230 克（39 码）。网面透气，后跟有反光条。', 'A springy midsole at about 230 g a shoe (size 39). Airy mesh and a reflective strip at the heel.', '工程网布，EVA 发泡|Engineered mesh, EVA foam', 'shoes', 'light'],
    ['chelsea-boots', 'boot', '头层牛皮切尔西靴', 'Leather Chelsea boots', 529, 659, 'chestnut,ink', SHOES, { campaign: 'winter', table: 'shoes' }, '头层牛皮，侧边松紧一步穿脱。防滑牛筋底，内里绒布保暖。', 'Full-grain leather with elastic sides that go on in one step. Non-slip sole and a warm brushed lining.', '头层牛皮|Full-grain leather', 'leather', 'warm'],
    ['house-slippers', 'slippers', '羊羔绒居家拖鞋', 'Fleece house slippers', 69, 0, 'oat,rose,sage', '36-37,38-39,40-41,42-43', { table: 'shoesHalf' }, '厚绒鞋面，静音防滑底，木地板上走路没有声响。', 'Deep fleece above, a quiet non-slip sole below: no footsteps on wooden floors.', '涤纶绒，TPR 底|Polyester fleece, TPR sole', 'cotton', 'warm,quiet'],
    ['cashmere-scarf', 'scarf', '山羊绒围巾', 'Cashmere scarf', 399, 499, 'oat,persimmon,charcoal', '', { campaign: 'winter' }, '内蒙古山羊绒，180 × 35 厘米，水纹整理，流苏手工捻制。', 'Cashmere from Inner Mongolia, 180 × 35 cm, with a rippled finish and hand-twisted fringe.', '100% 山羊绒|100% cashmere', 'wool', 'warm,gift'],
    ['cotton-socks', 'socks', '精梳棉中筒袜（三双）', 'Combed cotton socks, 3 pairs', 49, 59, 'ivory,sage,charcoal', '35-38,39-43', { returns: 'unopened' }, '200 针精梳棉，袜口不勒，脚跟立体织造，三双一组。', '200-needle combed cotton, gentle cuff, shaped heel. Three pairs in a set.', '80% 棉 17% 锦纶 3% 氨纶|80% cotton, 17% nylon, 3% elastane', 'cotton', 'cotton'],
    ['rib-beanie', 'beanie', '罗纹羊毛帽', 'Ribbed wool beanie', 99, 129, 'mustard,forest,charcoal', '', { campaign: 'winter' }, '双层罗纹，翻边可调深浅，内圈衬棉不扎额头。', 'Double ribbed with a fold you can set; a cotton band inside keeps the forehead comfortable.', '70% 羊毛 30% 腈纶|70% wool, 30% acrylic', 'wool', 'warm'],
    ['kids-hoodie', 'hoodie', '儿童加绒连帽卫衣', 'Kids’ fleece hoodie', 139, 179, 'mist,mustard,rose', '100,110,120,130,140', { campaign: 'winter', table: 'kids' }, '无绳帽口更安全，内里奥绒，袖口留长一季，长个子也能穿。', 'No cord at the hood for safety, brushed inside, and cuffs long enough for another season of growing.', '85% 棉 15% 涤纶|85% cotton, 15% polyester', 'cotton', 'kids,warm'],
    ['gauze-pajamas', 'pajamas', '双层纱睡衣套装', 'Double-gauze pajama set', 199, 259, 'mist,rose,oat', TOPS, { table: 'top' }, '双层棉纱轻如云，越洗越软。包边翻领，裤腰可抽绳。', 'Double cotton gauze, light as a cloud and softer with each wash. Piped collar and a drawstring waist.', '100% 棉|100% cotton', 'cotton', 'cotton,sleep'],
  ],
  home: [
    ['linen-bed-set', 'bedset', '水洗亚麻四件套', 'Washed linen bed set', 699, 899, 'oat,sage,mist', '1.5 m,1.8 m,2.0 m', { campaign: 'winter' }, '170 克水洗亚麻，冬暖夏凉。含被套、床单与两只枕套，木扣开合。', '170 g washed linen, warm in winter and cool in summer. Duvet cover, sheet and two pillowcases, closed with wooden buttons.', '100% 亚麻|100% linen', 'cotton', 'linen,sleep,best'],
    ['latex-pillow', 'pillow', '天然乳胶枕', 'Natural latex pillow', 219, 269, 'cream', '低枕 9 cm/Low 9 cm,高枕 12 cm/High 12 cm', {}, '93% 天然乳胶，蜂窝透气孔，颈部曲线贴合。配可拆洗针织枕套。', '93% natural latex with honeycomb vents and a curve for the neck. Comes with a washable knit cover.', '天然乳胶|Natural latex', 'air', 'sleep'],
    ['waffle-blanket', 'blanket', '华夫格休闲毯', 'Waffle throw blanket', 179, 229, 'clay,oat,forest', '130 × 170 cm,150 × 200 cm', { campaign: 'winter' }, '立体华夫格蓄住空气，轻而暖。沙发、午睡、野餐都用得上。', 'A deep waffle weave holds the air, so it is warm without weight. For the sofa, a nap, a picnic.', '100% 棉|100% cotton', 'cotton', 'cotton,warm'],
    ['pocket-mattress', 'mattress', '独立袋装弹簧床垫', 'Pocket spring mattress', 2199, 2799, 'ivory', '1.5 m,1.8 m', { large: true, warranty: 'mattress' }, '五区独立弹簧，翻身互不打扰。3 厘米乳胶层，外套可拆洗，质保 10 年。', 'Five zones of pocket springs, so neither sleeper wakes the other. 3 cm of latex, washable cover, 10-year warranty.', '独立袋装弹簧，乳胶|Pocket springs, latex', 'air', 'sleep'],
    ['velvet-cushion', 'cushion', '灯芯绒抱枕', 'Corduroy cushion', 79, 99, 'mustard,forest,rose,clay', '45 × 45 cm', {}, '宽条灯芯绒，触感柔软，含枕芯，隐形拉链。', 'Wide-wale corduroy with a soft hand, filling included, hidden zip.', '涤纶灯芯绒，PP 棉|Polyester corduroy, fibre filling', 'cotton', 'gift'],
    ['wool-rug', 'rug', '手织羊毛地毯', 'Hand-woven wool rug', 899, 1199, 'oat,indigo,clay', '120 × 170 cm,160 × 230 cm', { large: true }, '新西兰羊毛手工平织，几何纹样，背面防滑。', 'New Zealand wool, flat-woven by hand in a geometric pattern, with a non-slip back.', '80% 羊毛 20% 棉|80% wool, 20% cotton', 'wool', 'wool,handmade'],
    ['bath-towels', 'towels', '长绒棉浴巾（两条）', 'Long-staple bath towels, pair', 129, 159, 'sage,ivory,rose', '', {}, '520 克长绒棉，吸水快，不易掉毛，两条装。', '520 g long-staple cotton that drinks water fast and sheds little. A pair.', '100% 长绒棉|100% long-staple cotton', 'cotton', 'cotton,best'],
    ['seagrass-basket', 'basket', '海草编织收纳篮', 'Seagrass storage basket', 89, 0, 'wood', '中号/Medium,大号/Large', {}, '手工编织，带双提手，放毯子、玩具、脏衣都体面。', 'Woven by hand with two handles: for blankets, toys or laundry, and good to look at.', '天然海草|Natural seagrass', 'dry', 'handmade'],
    ['ceramic-table-lamp', 'tablelamp', '陶瓷床头灯', 'Ceramic bedside lamp', 249, 319, 'sage,cream,clay', '', { warranty: 'appliance' }, '手拉坯陶瓷底座，亚麻灯罩。暖光 2700 K,三档触摸调光。', 'A thrown ceramic base with a linen shade. Warm 2700 K light and three-step touch dimming.', '陶瓷，亚麻|Ceramic, linen', 'wipe', 'sleep'],
    ['rattan-wall-lamp', 'walllamp', '藤编壁灯', 'Rattan wall lamp', 329, 399, 'wood', '', { warranty: 'appliance' }, '天然藤编灯罩，光影柔和。地级以上城市免费上门安装。', 'A natural rattan shade that softens the light. Installed free in cities of prefecture level and above.', '天然藤，铁|Rattan, iron', 'wipe', 'install,handmade'],
    ['stoneware-vase', 'vase', '粗陶花瓶', 'Stoneware vase', 99, 129, 'clay,ivory,charcoal', '', {}, '1230 ℃ 高温粗陶，内壁上釉不渗水，高 22 厘米。', 'Stoneware fired at 1,230 °C and glazed inside so it holds water. 22 cm high.', '粗陶|Stoneware', 'hand', 'gift,handmade'],
    ['silent-wall-clock', 'clock', '静音扫秒挂钟', 'Silent wall clock', 139, 169, 'wood,ink', '', {}, '白蜡木框，扫秒机芯没有滴答声，直径 30 厘米。', 'An ash frame and a sweeping movement without a tick. 30 cm across.', '白蜡木，玻璃|Ash, glass', 'wipe', 'quiet'],
  ],
  kitchen: [
    ['cast-iron-skillet', 'pan', '铸铁平底煎锅 26 cm', 'Cast iron skillet, 26 cm', 189, 239, 'ink', '', {}, '预涂植物油膜，煎牛排、烙饼受热均匀。电磁炉、明火、烤箱通用。', 'Pre-seasoned with plant oil; sears and bakes evenly on induction, flame or in the oven.', '铸铁|Cast iron', 'iron', 'best'],
    ['enamel-dutch-oven', 'dutchoven', '珐琅铸铁炖锅', 'Enamelled Dutch oven', 459, 599, 'persimmon,sage,indigo', '22 cm,24 cm', { campaign: 'winter' }, '自循环水珠锅盖，炖肉软烂不干。珐琅不粘味，好清洗。', 'Drops under the lid return the moisture, so stews stay tender. The enamel keeps no smells and cleans easily.', '珐琅铸铁|Enamelled cast iron', 'hand', 'warm,gift'],
    ['chef-knife', 'knife', '三德刀 17 cm', 'Santoku knife, 17 cm', 259, 329, 'wood', '', {}, '三层复合钢，夹心 VG 钢刃口，胡桃木柄，重心靠前省力。', 'Three-layer steel with a hard core edge and a walnut handle; balanced forward to save effort.', '复合钢，胡桃木|Clad steel, walnut', 'hand', ''],
    ['acacia-board', 'board', '相思木砧板', 'Acacia cutting board', 119, 0, 'wood', '中号/Medium,大号/Large', {}, '整木拼接，带汁槽与提手，正反两面可用。', 'Joined solid wood with a juice groove and a handle; both sides work.', '相思木|Acacia wood', 'hand', ''],
    ['glazed-mug', 'mug', '窑变马克杯', 'Reactive glaze mug', 59, 79, 'mist,clay,forest', '350 ml', { engrave: true }, '每一只釉色都不同。可免费刻 10 个字以内，刻字商品不支持退货。', 'No two glazes are alike. Up to ten characters engraved free; engraved goods cannot be returned.', '高温瓷|Stoneware', 'dish', 'gift,engrave'],
    ['daily-plates', 'plates', '日常餐盘四件组', 'Everyday plates, set of 4', 169, 209, 'cream,sage', '', {}, '20 厘米浅盘四只，哑光釉，叠放省地方，可进微波炉。', 'Four 20 cm plates in a matt glaze; they stack small and are microwave safe.', '高温瓷|Stoneware', 'dish', ''],
    ['purple-clay-teapot', 'teapot', '手作紫砂壶', 'Handmade clay teapot', 359, 0, 'chestnut,amber', '', {}, '段泥原矿，全手工成型，容量 180 毫升，出水利落。', 'Formed wholly by hand from raw clay, 180 ml, with a clean pour.', '紫砂|Zisha clay', 'hand', 'tea,handmade,gift'],
    ['steel-thermos', 'thermos', '轻量保温杯', 'Light vacuum flask', 129, 159, 'sage,rose,ink', '350 ml,500 ml', { campaign: 'flash' }, '316 不锈钢内胆，6 小时后仍有 65 ℃。一键开盖，单手能用。', 'A 316 steel liner keeps 65 °C after six hours. Opens with one hand at a press.', '316 不锈钢|316 stainless steel', 'hand', 'light,travel'],
    ['pour-over-set', 'pourover', '手冲咖啡套组', 'Pour-over coffee set', 199, 249, 'clear', '', {}, '耐热玻璃分享壶、陶瓷滤杯、原木隔热圈，附 40 张滤纸。', 'Heat-proof carafe, ceramic dripper, wooden collar and forty filters.', '高硼硅玻璃，陶瓷|Borosilicate glass, ceramic', 'hand', 'gift'],
    ['glass-jars', 'jars', '密封玻璃罐三件组', 'Airtight glass jars, set of 3', 79, 99, 'clear', '', {}, '竹盖硅胶圈，大中小三只，五谷杂粮一目了然。', 'Bamboo lids with silicone seals in three sizes; grains at a glance.', '玻璃，竹|Glass, bamboo', 'hand', ''],
    ['linen-apron', 'apron', '亚麻围裙', 'Linen apron', 109, 139, 'indigo,oat,forest', '', {}, '交叉后背不勒脖子，前面两个大口袋。', 'Crosses at the back so the neck is free; two deep pockets in front.', '100% 亚麻|100% linen', 'cotton', 'linen,gift'],
    ['aged-white-tea', 'teatin', '福鼎老白茶（罐装）', 'Aged Fuding white tea, tin', 149, 0, 'amber', '60 g,120 g', { returns: 'unopened' }, '五年陈寿眉，枣香温润，可冲泡也可煮饮。食品拆封后不支持退货。', 'Five-year shoumei with a warm jujube note, to steep or to simmer. Food cannot be returned once opened.', '白茶|White tea', 'cool', 'tea,gift'],
  ],
  appliances: [
    ['gooseneck-kettle', 'kettle', '温控细嘴电热壶', 'Gooseneck electric kettle', 299, 369, 'ink,cream', '', { warranty: 'appliance' }, '40–100 ℃ 逐度控温，保温一小时。0.9 升，三分半烧开。', 'Set 40–100 °C degree by degree and hold for an hour. 0.9 l, boils in three and a half minutes.', '304 不锈钢|304 stainless steel', 'power', 'tea,best'],
    ['rice-cooker', 'ricecooker', '球釜电饭煲 3 L', 'Round-pot rice cooker, 3 l', 399, 499, 'cream,sage', '', { campaign: 'winter', warranty: 'appliance' }, '球形内釜翻滚均匀，24 小时预约。2–5 人食，杂粮饭也软糯。', 'A round pot rolls the grains evenly; 24-hour timer. For two to five people, whole grains included.', '不粘内釜，PP|Non-stick pot, PP', 'power', ''],
    ['dc-fan', 'fan', '直流变频循环扇', 'DC air circulator', 269, 339, 'cream,forest', '', { warranty: 'motor' }, '直流电机，最低 20 分贝。12 档风速，冬天也能帮暖气走匀。', 'A DC motor from 20 dB, twelve speeds; in winter it spreads the heating evenly.', 'ABS|ABS', 'power', 'quiet,save'],
    ['ion-hair-dryer', 'hairdryer', '负离子高速吹风机', 'High-speed ionic hair dryer', 459, 599, 'rose,ivory,ink', '', { campaign: 'flash', warranty: 'motor', returns: 'unused' }, '11 万转高速电机，约 3 分钟吹干中长发。57 ℃ 恒温护发档。', 'A 110,000 rpm motor dries mid-length hair in about three minutes; a steady 57 °C setting protects it.', 'PC,铝合金|PC, aluminium', 'power', 'light'],
    ['mist-humidifier', 'humidifier', '无雾加湿器', 'Evaporative humidifier', 329, 399, 'ivory,mist', '', { campaign: 'winter', warranty: 'appliance' }, '冷蒸发无白粉，4 升水箱上加水。睡眠档 26 分贝，自动恒湿。', 'Cold evaporation leaves no white dust. 4 l tank filled from above, 26 dB at night, steady humidity by itself.', 'ABS|ABS', 'power', 'quiet,sleep,best'],
    ['retro-toaster', 'toaster', '复古多士炉', 'Retro toaster', 199, 259, 'sage,cream,persimmon', '', { warranty: 'appliance' }, '两片宽槽，六档烤色，解冻再热一键完成。接屑盘可抽出。', 'Two wide slots, six shades, defrost and reheat at one press. The crumb tray slides out.', '冷轧钢|Steel', 'power', ''],
    ['air-purifier', 'airpurifier', '卧室空气净化器', 'Bedroom air purifier', 799, 999, 'ivory', '', { warranty: 'motor' }, 'H13 滤网，CADR 330 立方米每小时，适合 20–40 平方米。夜间灯光全熄。', 'H13 filter, CADR 330 m³/h for 20–40 m². All lights go out at night.', 'ABS|ABS', 'power', 'quiet,sleep'],
    ['water-purifier', 'waterpurifier', '厨下净水器', 'Under-sink water purifier', 1699, 1999, 'steel', '', { large: true, warranty: 'appliance' }, '600 加仑反渗透，1.5 升每分钟，滤芯自己就能换。地级以上城市免费安装。', '600-gallon reverse osmosis at 1.5 l a minute; you change the filters yourself. Installed free in cities of prefecture level and above.', 'ABS,RO 膜|ABS, RO membrane', 'power', 'install'],
    ['handheld-vacuum', 'vacuum', '无线手持吸尘器', 'Cordless handheld vacuum', 699, 899, 'charcoal,ivory', '', { warranty: 'motor' }, '1.3 公斤，单手可举。45 分钟续航，滤芯可水洗。', '1.3 kg and easy in one hand. 45 minutes a charge; the filter rinses clean.', 'ABS|ABS', 'power', 'light'],
    ['soy-blender', 'blender', '轻音破壁机', 'Quiet blender', 549, 699, 'cream,sage', '', { warranty: 'motor' }, '隔音罩设计，清晨打豆浆也不吵人。1.5 升玻璃杯，自动清洗。', 'A sound hood lets you make soy milk at dawn without waking anyone. 1.5 l glass jug, cleans itself.', '高硼硅玻璃|Borosilicate glass', 'power', 'quiet'],
    ['espresso-machine', 'coffeemachine', '半自动咖啡机', 'Espresso machine', 1299, 1599, 'cream,ink', '', { warranty: 'appliance', soldOut: 'ink' }, '15 巴泵压，PID 控温，可打奶泡。机身仅 18 厘米宽。', '15 bar pump, PID temperature, steam for milk. Only 18 cm wide.', '304 不锈钢|304 stainless steel', 'power', 'gift'],
  ],
  care: [
    ['sonic-toothbrush', 'toothbrush', '声波电动牙刷', 'Sonic toothbrush', 199, 269, 'cream,rose,mist', '', { campaign: 'flash', warranty: 'appliance', returns: 'unused' }, '每分钟 31000 次，压力提醒。充电一次用 60 天，附两支软毛刷头。', '31,000 strokes a minute and a pressure warning. Sixty days a charge; two soft heads included.', 'ABS,尼龙刷丝|ABS, nylon bristles', 'power', 'travel'],
    ['ceramide-serum', 'serum', '神经酰胺修护精华', 'Ceramide repair serum', 159, 199, 'amber', '30 ml', { returns: 'unopened' }, '3% 神经酰胺复配，无香精无酒精，换季泛红也温和。', '3% ceramide complex without fragrance or alcohol; gentle when the season reddens the skin.', '神经酰胺、泛醇|Ceramides, panthenol', 'cool', 'nofrag,best'],
    ['shea-hand-cream', 'tube', '乳木果护手霜', 'Shea hand cream', 39, 49, 'rose,sage', '75 ml', { returns: 'unopened' }, '20% 乳木果脂，推开即吸收，摸手机不留印。', '20% shea butter that sinks in at once and leaves no prints on the phone.', '乳木果脂|Shea butter', 'cool', 'vegan,gift'],
    ['amino-shampoo', 'shampoo', '氨基酸洗发露', 'Amino acid shampoo', 89, 109, 'forest,oat', '500 ml', { returns: 'unopened' }, '氨基酸表活，泡沫细密不拔干，淡淡雪松气味。', 'Mild amino surfactants, fine foam, no squeak; a light scent of cedar.', '椰油酰甘氨酸|Cocoyl glycinate', 'cool', 'vegan'],
    ['camellia-soap', 'soap', '山茶油手工皂', 'Camellia oil soap', 35, 0, 'oat,sage,rose', '100 g', { returns: 'unopened' }, '冷制熟成 45 天，山茶油与橄榄油各半，洗脸洗手都合适。', 'Cold process, cured 45 days, half camellia and half olive oil; for face and hands.', '山茶油、橄榄油|Camellia oil, olive oil', 'dry', 'handmade,vegan,gift'],
    ['gentle-cleanser', 'cleanser', '米糠温和洁面乳', 'Rice bran cleanser', 69, 89, 'ivory', '120 g', { returns: 'unopened' }, '弱酸性 pH 5.8，米糠保湿，洗后不紧绷。', 'Mildly acidic at pH 5.8 with rice bran; skin never feels tight.', '米糠提取物|Rice bran extract', 'cool', 'nofrag'],
    ['travel-shaver', 'shaver', '便携电动剃须刀', 'Travel shaver', 229, 289, 'charcoal,indigo', '', { warranty: 'motor', returns: 'unused' }, '双环浮动刀头，全身水洗，Type-C 充一次用 40 天。', 'Two floating rings, fully washable, forty days on one USB-C charge.', '铝合金|Aluminium', 'power', 'travel,light'],
    ['wooden-brush', 'hairbrush', '榉木气垫梳', 'Beech paddle brush', 79, 99, 'wood', '', {}, '气垫随头皮起伏，圆头梳齿不扎，梳得动也梳得顺。', 'The cushion follows the scalp; rounded pins untangle without scratching.', '榉木|Beech', 'dry', 'gift'],
    ['bath-salts', 'bathsalt', '艾草泡澡盐', 'Mugwort bath salts', 59, 79, 'sage,lilac', '500 g', { returns: 'unopened' }, '湖盐配艾草与生姜，泡脚泡澡，手脚慢慢热起来。', 'Lake salt with mugwort and ginger; hands and feet warm slowly, in a bath or a basin.', '湖盐、艾草|Lake salt, mugwort', 'dry', 'warm,sleep'],
    ['daily-sunscreen', 'sunscreen', '清透防晒乳 SPF50', 'Sheer sunscreen SPF 50', 99, 129, 'mustard', '50 ml', { returns: 'unopened' }, 'SPF50 PA++++，水感不泛白，通勤与户外都够用。', 'SPF 50 PA++++, watery and never white; enough for the commute and for the hills.', '物化结合防晒|Hybrid filters', 'cool', 'travel'],
  ],
  bags: [
    ['cabin-suitcase', 'suitcase', '静音登机箱 20 寸', 'Quiet cabin suitcase, 20"', 499, 659, 'sage,ivory,ink', '20"', { warranty: 'bag' }, '聚碳酸酯箱体，3.1 公斤。静音万向轮，海关密码锁。', 'Polycarbonate shell at 3.1 kg, silent spinner wheels, customs lock.', '聚碳酸酯|Polycarbonate', 'wipe', 'travel,quiet,best'],
    ['trip-suitcase', 'suitcaselarge', '大容量行李箱 26 寸', 'Large suitcase, 26"', 699, 899, 'indigo,clay', '26"', { warranty: 'bag', large: true }, '可扩展 3 厘米，干湿分区，装得下一周。', 'Expands by 3 cm, keeps wet from dry, holds a week.', '聚碳酸酯|Polycarbonate', 'wipe', 'travel'],
    ['commuter-backpack', 'backpack', '通勤双肩包', 'Commuter backpack', 289, 359, 'charcoal,forest,mustard', '', { warranty: 'bag', campaign: 'winter' }, '16 寸电脑隔层，防泼水面料，背面暗袋放证件。', 'Holds a 16-inch laptop, sheds rain, hides documents at the back.', '再生涤纶|Recycled polyester', 'wipe', 'waterproof,recycled'],
    ['canvas-tote', 'tote', '厚帆布托特包', 'Heavy canvas tote', 99, 119, 'ivory,indigo,clay', '', { warranty: 'bag' }, '16 安帆布，站得住的底，内有拉链袋与水壶位。', '16 oz canvas with a base that stands, a zipped pocket and a place for a bottle.', '棉帆布|Cotton canvas', 'wipe', 'cotton'],
    ['crossbody-bag', 'crossbody', '半月斜挎包', 'Half-moon crossbody', 239, 299, 'chestnut,ink,rose', '', { warranty: 'bag' }, '软牛皮，五金哑光，手机、卡包、雨伞都放得下。', 'Soft leather with matt fittings; phone, cards and umbrella all fit.', '牛皮|Cow leather', 'leather', 'gift'],
    ['neck-pillow', 'neckpillow', '记忆棉护颈枕', 'Memory foam neck pillow', 109, 139, 'mist,charcoal', '', {}, '侧面加高不歪头，外套可拆洗，卷起收进小袋。', 'Higher at the sides so the head stays up; washable cover, rolls into a pouch.', '记忆棉|Memory foam', 'air', 'travel,sleep'],
    ['packing-cubes', 'cubes', '旅行收纳袋六件组', 'Packing cubes, set of 6', 89, 119, 'sage,oat', '', {}, '网面看得见内容，双拉链压缩，衣物鞋子分开放。', 'Mesh shows what is inside, a second zip compresses, shoes stay apart.', '再生涤纶|Recycled polyester', 'cotton', 'travel,recycled,light'],
    ['wind-umbrella', 'umbrella', '抗风自动伞', 'Windproof umbrella', 99, 129, 'forest,ink,persimmon', '', { campaign: 'flash' }, '十骨加固，一键开收，黑胶防晒，晴雨两用。', 'Ten reinforced ribs, opens and closes at a press, coated against sun as well as rain.', '碰击布，玻纤|Pongee, glass fibre', 'wipe', 'waterproof'],
    ['passport-wallet', 'wallet', '护照证件夹', 'Passport wallet', 129, 159, 'chestnut,forest', '', { warranty: 'bag' }, '植鞣皮，护照、登机牌、六张卡，一本带走。', 'Vegetable-tanned leather for passport, boarding pass and six cards.', '植鞣牛皮|Vegetable-tanned leather', 'leather', 'travel,gift'],
    ['wash-bag', 'toiletry', '悬挂洗漱包', 'Hanging wash bag', 79, 99, 'oat,charcoal', '', { warranty: 'bag' }, '带挂钩，打开即一面墙，内层防水。', 'Hook it up and it opens like a shelf; waterproof inside.', '涤纶，TPU|Polyester, TPU', 'wipe', 'travel,waterproof'],
  ],
  gifts: [
    ['thread-notebook', 'notebook', '线装布面笔记本 A5', 'Clothbound notebook, A5', 49, 59, 'forest,clay,indigo', '', { engrave: true }, '180 度平摊，100 克不洇墨纸，192 页。封面可免费刻字，刻字后不支持退货。', 'Lies flat, 192 pages of 100 g paper that does not bleed. The cover is engraved free; engraved goods cannot be returned.', '布面，道林纸|Cloth, book paper', 'dry', 'gift,engrave'],
    ['brass-fountain-pen', 'pen', '黄铜钢笔', 'Brass fountain pen', 189, 239, 'mustard,ink', '', {}, '黄铜笔身越用越润，F 尖顺滑，附吸墨器。', 'A brass body that warms with use and a smooth F nib; converter included.', '黄铜|Brass', 'dry', 'gift'],
    ['soy-candle', 'candle', '大豆香薰蜡烛', 'Soy scented candle', 119, 149, 'amber,sage,lilac', '', { campaign: 'winter' }, '桂花、雪松、无花果三种气味，燃烧约 45 小时，杯子可再用。', 'Osmanthus, cedar or fig; burns about 45 hours and leaves you a cup.', '大豆蜡|Soy wax', 'cool', 'gift,handmade,best'],
    ['tea-gift-box', 'giftbox', '四时茶礼盒', 'Four seasons tea box', 259, 299, 'persimmon,forest', '', { returns: 'unopened' }, '绿、白、乌龙、熟普各一罐，附手写卡片与礼袋。', 'Green, white, oolong and ripe pu’er, one tin each, with a card and a bag.', '茶叶，纸盒|Tea, paper box', 'cool', 'tea,gift'],
    ['desk-calendar', 'calendar', '2027 节气台历', '2027 solar-term calendar', 45, 59, 'clay,mist', '', {}, '二十四节气插画，每月一页大格，可站可挂。', 'Drawings of the twenty-four solar terms and a roomy grid each month; stands or hangs.', '特种纸|Art paper', 'dry', 'new,gift'],
    ['washi-tape', 'washi', '和纸胶带五卷', 'Washi tape, 5 rolls', 29, 39, 'sage,rose', '', {}, '植物纹样五卷，可手撕，撕下不留胶。', 'Five rolls of plant patterns; tears by hand and peels away clean.', '和纸|Washi paper', 'dry', 'gift'],
    ['roll-pencil-case', 'pencilcase', '帆布卷笔袋', 'Canvas pencil roll', 59, 69, 'indigo,oat', '', {}, '十二格插位，皮绳一卷即走，可放钢笔与画笔。', 'Twelve slots and a leather tie; for pens and brushes.', '帆布，牛皮|Canvas, leather', 'wipe', ''],
    ['letterpress-cards', 'cards', '凸版贺卡六张', 'Letterpress cards, set of 6', 39, 0, 'cream', '', {}, '棉浆纸凸版印刷，六种花草，配素色信封。', 'Letterpress on cotton paper, six plants, plain envelopes.', '棉浆纸|Cotton paper', 'dry', 'handmade,gift'],
    ['bear-plush', 'plush', '小米熊毛绒公仔', 'Millet bear plush', 89, 109, 'oat,chestnut', '28 cm', {}, '0 岁起可用，刺绣五官无小零件，可整只机洗。', 'Safe from birth: embroidered face, no small parts, machine washable.', '涤纶短绒|Polyester plush', 'cotton', 'kids,gift'],
    ['ash-photo-frame', 'frame', '白蜡木相框', 'Ash photo frame', 69, 89, 'wood,ink', '7",10"', {}, '实木榫接，亚克力面板不怕摔，可挂可摆。', 'Jointed solid wood with a panel that does not shatter; hang it or stand it.', '白蜡木|Ash', 'dry', 'gift'],
    ['incense-set', 'incense', '线香与香插套组', 'Incense and holder set', 99, 129, 'charcoal,clay', '', {}, '檀香、艾草两筒共 60 支，黄铜香插，烟少不呛。', 'Sixty sticks of sandalwood and mugwort with a brass holder; little smoke.', '天然香粉，黄铜|Natural incense, brass', 'dry', 'sleep,gift'],
  ],
};

// Measurements in centimetres; shoes by foot length.
export const SIZE_TABLES = {
  top: { columns: [['尺码', 'Size'], ['胸围', 'Chest'], ['衣长', 'Length'], ['肩宽', 'Shoulder'], ['建议身高', 'Height']], rows: [['S', '100', '66', '43', '155–162'], ['M', '104', '68', '44.5', '160–168'], ['L', '108', '70', '46', '166–174'], ['XL', '112', '72', '47.5', '172–180'], ['XXL', '116', '74', '49', '178–186']] },
  dress: { columns: [['尺码', 'Size'], ['胸围', 'Bust'], ['腰围', 'Waist'], ['裙长', 'Length'], ['建议身高', 'Height']], rows: [['S', '92', '74', '112', '155–162'], ['M', '96', '78', '114', '160–167'], ['L', '100', '82', '116', '165–172']] },
  coat: { columns: [['尺码', 'Size'], ['胸围', 'Chest'], ['衣长', 'Length'], ['肩宽', 'Shoulder'], ['建议身高', 'Height']], rows: [['S', '108', '108', '42', '155–162'], ['M', '112', '110', '43.5', '160–168'], ['L', '116', '112', '45', '166–174']] },
  trousers: { columns: [['尺码', 'Size'], ['腰围', 'Waist'], ['臀围', 'Hip'], ['裤长', 'Length']], rows: [['26', '66', '90', '98'], ['27', '69', '93', '99'], ['28', '72', '96', '100'], ['29', '75', '99', '101'], ['30', '78', '102', '102'], ['31', '81', '105', '103']] },
  shoes: { columns: [['尺码', 'Size'], ['脚长（毫米）', 'Foot length (mm)']], rows: [['36', '230'], ['37', '235'], ['38', '240'], ['39', '245'], ['40', '250'], ['41', '255'], ['42', '260'], ['43', '265']] },
  shoesHalf: { columns: [['尺码', 'Size'], ['脚长（毫米）', 'Foot length (mm)']], rows: [['36-37', '230–235'], ['38-39', '240–245'], ['40-41', '250–255'], ['42-43', '260–265']] },
  kids: { columns: [['尺码', 'Size'], ['胸围', 'Chest'], ['衣长', 'Length'], ['建议身高', 'Height']], rows: [['100', '66', '41', '95–104'], ['110', '70', '44', '105–114'], ['120', '74', '47', '115–124'], ['130', '78', '50', '125–134'], ['140', '82', '53', '135–144']] },
};

// What reviews speak of, by category; shares are turned into counts by the build.
export const MENTIONS = {
  clothing: [['面料舒服', 'Comfortable cloth', 0.31], ['尺码标准', 'True to size', 0.24], ['颜色正', 'Color as shown', 0.17], ['做工细', 'Well made', 0.13]],
  home: [['触感好', 'Lovely to touch', 0.29], ['没有异味', 'No smell', 0.2], ['睡得香', 'Better sleep', 0.18], ['颜色耐看', 'Color wears well', 0.14]],
  kitchen: [['好清洗', 'Easy to clean', 0.28], ['有分量', 'Good weight', 0.19], ['包装结实', 'Packed safely', 0.17], ['送礼体面', 'A fine gift', 0.12]],
  appliances: [['声音小', 'Quiet', 0.3], ['操作简单', 'Simple to use', 0.22], ['颜值高', 'Good looking', 0.17], ['发货快', 'Fast dispatch', 0.12]],
  care: [['温和不刺激', 'Gentle', 0.33], ['味道淡', 'Light scent', 0.18], ['会回购', 'Would buy again', 0.2], ['包装好', 'Packed well', 0.1]],
  bags: [['轮子顺滑、拉链顺', 'Smooth wheels and zips', 0.24], ['容量大', 'Holds a lot', 0.26], ['轻', 'Light', 0.17], ['做工好', 'Well made', 0.14]],
  gifts: [['包装精致', 'Beautiful packing', 0.32], ['纸质、手感好', 'Feels good', 0.2], ['朋友喜欢', 'The friend loved it', 0.21], ['味道好闻', 'Pleasant scent', 0.08]],
};
