# What is understood without the models. Folded: small letters, simplified characters. Variants are separated by |.
# match-: the whole utterance. Others: a part of it; ~ stands for some characters between two parts. Latin words match whole.
match-greeting = 你好|您好|在吗|在么|在不在|有人吗|哈喽|嗨|早上好|下午好|晚上好|亲|亲在吗|你好呀|hi|hello|hey|good morning|good afternoon|good evening|hi there|hello there|anyone there
match-thanks = 谢谢|谢谢你|多谢|感谢|好的谢谢|再见|拜拜|没事了|没有了|谢啦|thanks|thank you|thx|bye|goodbye|that's all|that is all|thanks a lot|thank you very much|cheers
match-ack = 好的|好|嗯|嗯嗯|行|可以|知道了|明白了|ok|收到|哦|哦哦|okay|got it|i see|sure|alright|understood
match-person = 人工|真人|客服|活人|人工服务|人工客服|真人客服|专员|接人工|转接|我要投诉|human|agent|representative|person|operator|support|a human|real person|customer service|live agent
# A person, in any wording; match-person and this. not-person goes before.
not-person = 哪个客服|联系客服吧|再联系客服|再找客服|不要~人工|不用~人工|不需要~人工|不想~人工|别~转人工|不用转|不找人工|不用~客服|先不~人工|don't~human|no need~human|not~human|don't~agent|without~human|不要真人|不用真人
hold-person = 转~人工|转~客服|转接~人|人工~客服|找~人工|要~人工|叫~人工|接~人工|换~人工|来~人工|人工~在|有~人工|有没有~人工|真人|活人|要~客服|找~客服|叫~客服|换~客服|换个人|换一个人|换人|找个人|找人~说|找人~处理|找人~问|找人~聊|叫个人|来个人|跟人~说|跟人~聊|和人~说|和人~聊|让人~回|给我~个人|能不能~人说|有个人~说|你们~老板|叫~老板|找~老板|别~机器人|不要~机器人|不想~机器人|不跟~机器人|人肉客服|搵~人|揾~人|搵真人|同~人倾|同~真人|人手~客服|talk~person|talk~human|talk~agent|talk~someone|talk~somebody|talk~representative|talk~rep|talk~staff|talk~people|talk~manager|talk~supervisor|speak~person|speak~human|speak~agent|speak~someone|speak~somebody|speak~representative|speak~rep|speak~manager|speak~supervisor|speak~staff|speak~people|chat~human|chat~person|chat~agent|chat~someone|connect~human|connect~person|connect~agent|connect~someone|connect~support|connect~representative|transfer~human|transfer~person|transfer~agent|transfer~someone|transfer~representative|transfer me|get me~human|get me~person|get me~agent|get me~someone|get me~somebody|get me~manager|get~real person|need~human|need~real person|need~agent|need~representative|need~person|want~human|want~real person|want~agent|want~representative|want~manager|want~person|give me~human|give me~person|give me~agent|put me through|human being|human please|real human|real person|actual person|actual human|live person|live agent|live chat|human agent|human support|not a bot|no bot|no bots|stupid bot|customer service rep|customer support agent|someone from~team|someone who can|let me speak|let me talk|contact~agent|contact~human|call~manager|your manager|your supervisor|escalate
# Perhaps a person: offered beside the answer.
hint-person = 经理|主管|负责人|店长|值班|专员|坐席|工作人员|店员|小姐姐~接|有人~管|有没有人|自动回复|客服|人工|机器人|manager|supervisor|staff|human|agent|representative|bot|robot|anybody there|anyone there|someone
ask-robot = 你~机器人|是机器人吗|是不是机器人|是机器还是|是人还是|是人吗|真人吗|是真人|是不是真人|是ai吗|是程序吗|are you~bot|are you~robot|are you~human|are you~real|are you~ai|is this~bot|is this~robot|is this~human|is this~ai|am i talking to~bot|am i talking to~human
# What only people may handle.
sensitive-self-harm = 自杀|不想活|想死的心|活不下去|结束生命|结束自己|轻生|自残|割腕|跳楼|死了算了|kill myself|suicide|suicidal|end my life|self harm|self-harm|hurt myself|want to die|don't want to live
sensitive-injury = 受伤|烫伤|烧伤|划伤|割伤|炸伤|触电|漏电|起火|着火|爆炸|自燃|冒烟|住院|进医院|去医院|送医院|医院~看|急诊|过敏|红肿|起疹|流血|出血|毁容|骨折|呼吸困难|got hurt|was hurt|hurt my|injured|injury|burned my|burnt my|burned me|burns on|electric shock|electrocuted|caught fire|on fire|exploded|explosion|hospital|emergency room|allergic reaction|rash|bleeding|broke my|cut my
sensitive-food-safety = 食物中毒|中毒|吃坏|拉肚子|腹泻|上吐下泻|吃出~虫|吃出~头发|吃出~异物|有虫子|有蛆|生虫|发霉|变质|馊了|过期食品|吃了~过期|吃完~吐|food poisoning|poisoned|got sick~eating|sick after eating|made me sick|threw up|vomit|diarrhea|mold|mouldy|moldy|maggot|bug in~food|insect in~food|worms
sensitive-legal = 律师|起诉|告你们|法院|打官司|诉讼|仲裁|消协|消费者协会|消费者热线|12315|工商局|市场监管|监管部门|网上曝光|媒体曝光|曝光你们|找媒体|找记者|报警|派出所|侵权|lawyer|attorney|sue|sued|take you to court|in court|small claims|lawsuit|legal action|trading standards|consumer protection|bbb|better business bureau|police|chargeback
sensitive-minors = 未成年|孩子~偷偷|小孩~偷偷|娃~偷偷|孩子~乱买|小孩~乱买|孩子~自己下单|小孩~自己下单|小孩~下的单|孩子~下的单|儿子~偷|女儿~偷|我才~岁|我今年~岁还在上|小学生|minor|underage|my child ordered|my kid ordered|my son ordered|my daughter ordered|my child bought|my kid bought|my son bought|my daughter bought|without my permission|kid used my
sensitive-fraud = 诈骗|被骗了|遇到骗子|盗刷|被盗|盗号|冒充|假客服|钓鱼|可疑~链接|陌生~链接|验证码~给|让我~转账|不是我~下的单|不是我~操作|没有~下过~单|scam|scammed|scammer|fraud|fraudulent|phishing|hacked|stolen card|card was stolen|unauthorized|unauthorised|didn't authorize|not authorize|identity theft|didn't place this|impersonat
# Said of other things in the same words.
not-sensitive = 跳楼价|跳楼大|跳楼甩|防过敏|不过敏|抗过敏|会过敏吗|会不会过敏|过敏~能用|过敏~可以用|敏感肌|有没有~过敏|防触电|防漏电|会漏电|会不会~触电|防火|会爆炸吗|会不会~爆炸|会起火吗|会不会发霉|会发霉|会不会生虫|防霉|防虫|防诈骗|未成年~能买|未成年~可以
# Yes and no.
match-yes = 是|是的|对|对的|没错|好|好的|好啊|好呀|好吧|行|行吧|可以|可以的|嗯|嗯嗯|嗯呢|恩|确认|确定|确认取消|同意|要|需要|要的|没问题|ok|okay|okk|yes|yes please|yep|yeah|yea|yup|y|sure|sure thing|please do|go ahead|do it|confirm|confirmed|correct|right|that's right|系|系呀|係|啱|好嘅|得|ok啦|就这样|就这个|办吧|提交|提交吧|中|妥|absolutely|of course|definitely|exactly|sounds good|fine|alright
hold-yes = 确认|确定|同意|帮我办|就这么办|麻烦你了|办理吧|可以的|没问题|yes|go ahead|please do|confirm|do it
match-no = 不|不是|不用|不用了|不要|不要了|不行|不对|不了|不需要|不可以|不必|否|没有|算了|先不|先不用|别|取消操作|no|nope|nah|n|not now|no thanks|no thank you|don't|do not|never mind|nevermind|唔系|唔係|唔使|唔要|冇|wrong|incorrect|not yet|不同意
hold-no = 不是这|不要取消|别取消|先别|先不要|不确认|不同意|不用了|算了|不想~了|等一下|等等|再想想|考虑一下|don't do|do not do|not that|wait|hold on|let me think|never mind|不是~是
hold-but = 但是|不过|可是|如果|万一|除非|but|unless|if|however|only if
# No value of anything.
match-unknown = 不知道|不知道啊|不知道呢|我不知道|我也不知道|不清楚|我不清楚|不太清楚|不晓得|唔知|唔知道|不记得|不记得了|忘了|忘记了|没有|随便|都行|i don't know|i do not know|don't know|dont know|no idea|not sure|i'm not sure|i forgot|i don't remember|idk
# Leaving a task.
match-leave = 算了|不用了|不办了|不弄了|取消操作|退出|不要了|先不了|不搞了|不需要了|没事了|never mind|nevermind|forget it|forget about it|skip it|stop|quit|exit|cancel that|not anymore|leave it
hold-leave = 算了|不办了|不弄了|先不办|不想办|改天再|以后再说|下次再说|never mind|nevermind|forget it|forget about it|changed my mind
# A question, and a wish that something be done.
hold-question = 怎么|如何|怎样|咋|多少|几天|多久|什么|哪|为什么|为啥|吗|嘛|么|能否|能不能|可不可以|可以不|是不是|有没有|几时|何时|点样|点解|边度|how|what|when|where|why|which|who|can i|could i|do you|does|is there|are there|is it|may i|will it
hold-how = 怎么|如何|怎样|咋|流程|步骤|政策|规则|规定|条件|要求|多久|几天|多少|谁出|谁承担|什么时候能|点样|how|policy|what is|what are|how long|how much|when will|rules|who pays|is it possible
hold-request = 我要|我想|帮我|给我|帮忙|麻烦|请|我需要|申请|替我|能帮我|可以帮我|想要|快点|赶紧|催|尽快|办理|把~退|把~换|把~改|把~取消|把~撤|我的订单|我的快递|我的包裹|我那|这单|这个订单|那单|上一单|上个订单|刚买的|刚下的|昨天买的|我买的|唔该|帮手|i want|i need|i'd like|i would like|please|can you|could you|help me|my order|my parcel|my package|this order|that order|last order|i wanna|let me|cancel my|return my|refund my|exchange my|change my|hurry
# Something else than was taken up.
hold-other-order = 另一单|另外一单|另一个订单|另外一个订单|不是这单|不是这个订单|别的订单|其他订单|换一单|换个订单|another order|different order|other order|not this order|not that order|wrong order
hold-back = 回到刚才|继续刚才|刚才那个|刚才的事|接着刚才|前面那个|back to|as before|the previous one|continue with
# Which of those shown.
ordinal-1 = 第一个|第一|第1个|1号|第一条|第一单|第一款|头一个|the first|first one|number one|option 1
ordinal-2 = 第二个|第二|第2个|2号|第二条|第二单|第二款|the second|second one|number two|option 2
ordinal-3 = 第三个|第三|第3个|3号|第三条|第三单|第三款|the third|third one|number three|option 3
ordinal-4 = 第四个|第四|第4个|4号|第四条|第四单|the fourth|fourth one|number four|option 4
ordinal-5 = 第五个|第五|第5个|第五条|第五单|the fifth|fifth one|number five|option 5
ordinal-6 = 第六个|第六|第6个|the sixth|sixth one
ordinal-7 = 第七个|第7个
ordinal-8 = 第八个|第8个
ordinal-9 = 第九个|第9个
ordinal-last = 最后一个|最后那个|最后一单|最近一单|最近那单|最近的|上一单|上一个订单|上个订单|last one|the last|latest|most recent
# Praise that is none.
sarcasm = 呵呵|可真行|真行啊|真有你们的|真是谢谢你们|谢谢你们了啊|太厉害了吧你们|厉害了你们|服了|笑死|真好意思|好意思|绝了|真棒啊你们|够可以的|你们真牛|great job|nice job|well done|thanks for nothing|oh great|just great|wow thanks|brilliant
# A question that leans on the one before it, or on the page. What is between the words of follow-before and follow-after is new.
follow-before = 那如果是|那要是|那么|那|如果是|要是|换成|what about|how about|and what about|and for|and if it is|and
follow-after = 呢|怎么样|怎样|又如何|咧|啊
# What a question may be about, so that one word stands in for another of them; the longest first.
topics = 七天无理由|会员积分|退换货|价格保护|电子发票|优惠券|退货|换货|退款|取消|发票|运费|包邮|保修|维修|安装|定制|预售|海外|港澳台|偏远地区|礼盒|赠品|积分|会员|价保|改地址|自提|货到付款|分期|花呗|微信|支付宝|信用卡|return|returns|exchange|exchanges|refund|refunds|cancel|invoice|shipping|warranty|coupon|points|gift wrapping
refer-page = 这个|这款|这件|这双|这条|这台|这只|这瓶|这一款|该商品|这个商品|这东西|它|呢个|呢款|呢件|this one|this item|this product|this|it
ask-price = 多少钱|什么价|啥价|价格|几多钱|几钱|多钱|怎么卖|how much|price|cost
ask-stock = 有货|有没有货|还有吗|有现货|现货|缺货|能买到|in stock|available|sold out
# Anger in so many words, whatever the models make of it.
anger = 气死|气炸|火大|太生气|很生气|真生气|好生气|非常生气|愤怒|恼火|忍无可忍|受够了|太过分|欺人太甚|什么破|破店|垃圾店|垃圾客服|垃圾服务|太垃圾|太差劲|差劲透|恶心死|坑人|坑爹|黑店|骗人的店|无语死|混蛋|滚蛋|嬲|激死|好嬲|angry|furious|pissed|ridiculous|outrageous|unacceptable|disgusting|terrible service|worst service|awful service|fed up|sick of this|are you kidding|what the hell|wtf|scammers|rip off|ripoff
not-anger = 别生气|不生气|没生气|不要生气|不太生气|不差劲|not angry|not mad|not furious|don't be angry
# What was told is put right by what stands behind these; correct-is only behind a no.
correct-to = 改成|换成|改为|应该是|应当是|我是说|我指的是|更正为|change it to |make it |it should be |should be |i meant |i mean 
correct-is = ，是|,是|, 是| 是|, it is |, it's | it is | it's 
# A list of products is wanted, or another one.
hold-recommend = 推荐|推薦|介绍~款|有什么好~的|有啥好~的|有没有好~的|有什么适合|有没有适合|帮我挑|帮我选|给我挑|帮我找~款|帮我搭|买什么好|买啥好|买哪款|买哪个好|送什么好|送啥好|选哪款|哪款~好|哪个~好用|想买~款|想买个|想买条|想买双|想买件|想买台|想买一|有没有~款|求推|种草|安利|有咩好|邊款好|边款好|recommend|suggest~something|suggest~me|suggestion|suggestions|something for|something to|something like|anything for|what should i buy|what should i get|gift idea|gift ideas|gift for|looking for|show me~something|show me some|which one should|any good|anything good|help me choose|help me pick|help me find
not-recommend = 我要退|退货|退款|不推荐了|别推荐|不要推荐|不用推荐|推荐人|推荐码|推荐有礼|referral|refer a friend|stop recommending|don't recommend|no recommendations
more-of = 换一批|再来几个|再来几款|再来点|再推荐|还有别的|还有其他|还有其它|有别的吗|有其他吗|其他的呢|别的呢|还有吗|还有没有|换几个|换几款|再看看|看看别的|不是这些|都不喜欢|都不要|都不好看|show me more|show more|more options|something else|anything else like|other options|others please|any others|different ones|none of these
compare-two = 对比|比较|比一比|比一下|有什么区别|有啥区别|有什么不同|哪个好|哪个更好|区别是什么|差别|compare|difference between|which is better|which one is better|vs
similar-to = 类似|相似|差不多的|同款|像~这|像第|更多这样|这样的还有|这种还有|similar|like this|like the|like that|more like
dislike-this = 不喜欢|不要这|不想要|不感兴趣|不合适|不好看|难看|不要第|不要最后|别给我看|不爱|唔钟意|唔鍾意|唔要呢|don't like|not this|do not like|not interested|not for me|hate this|ugly
dislike-price = 太贵|贵了|好贵|超预算|买不起|太高了|便宜点|便宜一点|便宜些|too expensive|too pricey|over budget|cheaper
dislike-brand = 牌子|品牌|brand
dislike-category = 这类|这种|这一类|同类|类型|品类|不是要|category|this kind|this type
cart-this = 加购物车|加入购物车|加到购物车|放购物车|放进购物车|加购|加車|加车|买第|要第|就要第|就买第|就它|就这款|就这个|add to cart|add to bag|add to basket|add it|put it in~cart|put~in my cart|i'll take|i will take
# What asking for a list is made of, and says nothing of the product; the longest first.
wish-stop = 有没有什么|有没有|有什么|有啥|有咩|能不能|可不可以|可以|麻烦|帮忙|帮我|给我|替我|我想要|我想买|我要买|我想|我要|想要|想买|要买|打算买|准备买|需要|求推荐|求推|求|推荐一下|推荐下|推荐|推薦|介绍一下|介绍|看一下|看一看|看看|看下|挑一个|挑选|挑|选一个|选购|选择|选|找一下|找找|找|买什么好|送什么好|买什么|买啥|送什么|送啥|什么样|什么好|什么|啥|哪款|哪个|哪些|哪种|哪一款|好一点|好点|好用|好看|好的|不错的|不错|好|比较|适合|合适|性价比高|性价比|大家都|最近|热门|爆款|人气|一款|两款|几款|一个|两个|几个|一件|两件|几件|一双|一条|一台|一套|一只|一瓶|一支|一些|款|预算|价格|价位|价钱|左右|以内|元|块钱|块|一下|一点|点|请问|请|谢谢|你们家|你们|店里|这里|家里|这个|那个|这款|这种|那种|这样的|东西|商品|产品|宝贝|用的|穿的|可以|就|还|再|都|能|会|要|买|送给|送|给|吗|呢|吧|啊|呀|哦|嘛|的话|的|了|是|有|我|和|或者|或|又|也|跟|同|please|recommend|recommendation|recommendations|suggest|suggestion|suggestions|something|anything|looking for|look for|show me|show|find me|find|help me|help|choose|pick|i want|i need|i'm|i am|i'd like|i would like|would like|want|need|to buy|buy|get|can you|could you|do you have|do you|have|are there|is there|what|which|should i|should|any|some|good|nice|best|great|better|cheap|for|with|in|of|from|the|a|an|my|me|i|and|or|that|is|are|it|this|these|one|ones|thanks|thank you|hi|hello|under|below|around|about|budget|price
wish-cheaper = 便宜点|便宜一点|便宜些|更便宜|再便宜|便宜的|便宜|平啲|平d|cheaper|less expensive|more affordable
# Who it is for > what such products are described by.
wish-kin = 妈妈/母亲/妈/婆婆/岳母/mom/mum/mother > 长辈/妈妈/母亲/中老年/女士/women/women's | 爸爸/父亲/爸/公公/岳父/dad/father > 长辈/爸爸/父亲/中老年/男士/men/men's | 爷爷/奶奶/外公/外婆/老人/长辈/父母/爸妈/grandma/grandpa/parents > 长辈/老人/中老年 | 女朋友/女友/老婆/妻子/闺蜜/girlfriend/wife > 女士/女生/女款/女/women/women's | 男朋友/男友/老公/丈夫/boyfriend/husband > 男士/男生/男款/男/men/men's | 孩子/小孩/宝宝/儿子/女儿/小朋友/kid/kids/child/children/baby/son/daughter > 儿童/宝宝/童/婴儿/kids/children/baby | 同事/老师/客户/领导/朋友/colleague/teacher/boss/friend > 礼盒/礼物/礼品/gift | 生日/纪念日/情人节/母亲节/父亲节/圣诞/礼物/礼品/birthday/anniversary/christmas/valentine/gift/present > 礼盒/礼物/礼品/gift
# The same quality in other words.
wish-alike = 防水/waterproof/water-resistant | 防晒/sunscreen/uv | 保暖/加绒/加厚/warm/fleece/thermal | 透气/breathable | 轻便/轻量/lightweight | 静音/安静/quiet/silent | 无线/wireless | 便携/portable | 纯棉/棉质/cotton | 亚麻/linen | 羊毛/wool | 真丝/桑蚕丝/silk | 真皮/牛皮/leather | 不锈钢/stainless | 陶瓷/ceramic | 玻璃/glass | 实木/木质/wood/wooden/oak | 鞋/鞋子/shoe/shoes/sneakers | 裤子/长裤/trousers/pants | 裙子/连衣裙/半身裙/dress/skirt | 外套/夹克/jacket/coat | 衬衫/shirt | 帽子/hat/cap | 袜子/socks | 背包/双肩包/backpack | 包包/手提包/bag | 行李箱/箱子/拉杆箱/suitcase/luggage | 杯子/水杯/马克杯/cup/mug | 毛巾/towel | 被子/quilt/duvet | 枕头/pillow | 红色/红/red | 黑色/黑/black | 白色/白/white | 蓝色/蓝/blue | 绿色/绿/green | 粉色/粉/pink | 灰色/灰/grey/gray | 黄色/黄/yellow | 紫色/紫/purple | 棕色/棕/brown | 米色/米白/杏色/beige/cream | 敏感肌/sensitive | 礼盒/礼物/礼品/gift
# Money in words.
price-unit = 元|块钱|块|圆|rmb|cny|yuan|dollars|dollar|usd|hkd|蚊|€|eur|euros|pounds|gbp
price-sign = ¥|￥|hk$|nt$|us$|$|€|£|rmb|cny
price-no = cm|厘米|公分|kg|公斤|斤|克|g|ml|毫升|l|升|寸|英寸|inch|inches|码|号|岁|天|日|月|年|个人|人|个|件|双|只|条|台|瓶|支|盒|包|套|次|张|页|层|平|米|分钟|小时|gb|tb|mm|w|瓦|v|伏|pcs|pieces|pairs|years|days|people|%
price-most = 以内|之内|以下|内|封顶|以里|往下|or less|or under|or below|max|at most|tops
price-least = 以上|往上|起步|起|or more|or above|at least
price-about = 左右|上下|出头|or so
price-under = 不超过|不要超过|别超过|低于|少于|小于|最多|最高|under|below|less than|cheaper than|up to|within|no more than|at most|max|maximum|<
price-over = 超过|高于|多于|大于|不低于|至少|最少|over|above|more than|at least|from|>
price-around = 大概|大约|差不多|around|about|roughly|approximately
price-budget = 预算是|预算在|预算大概|预算|价格在|价位在|价位|价格|between|budget of|budget is|budget|price range|spend
price-to = 到|至|-|~|—|to|and|和
# Which size, where no model tells.
ask-size = 什么码|啥码|多大码|哪个码|几码|选码|尺码~推荐|穿多大|穿什么尺码|什么尺码|哪个尺码|适合~尺码|咩码|what size|which size|size should i
