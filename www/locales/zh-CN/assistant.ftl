# What the assistant itself says. What it knows is in the knowledge base.
greeting = 你好，我是本店的智能助手。物流、退换、发票、尺码都可以直接问我。
thanks = 不客气，有需要随时找我。
ack = 好的，还有其他想问的吗？
clarify = 你想问的是下面哪一个？
none-of-these = 都不是
rephrase = 换个说法再告诉我一次吧，比如「怎么退货」「快递到哪了」。
fallback = 这个问题我没有可靠的答案，不想随便回答你。
fallback-again = 抱歉，还是没能帮上你。要不要请人工客服来看看？
fallback-no-people = 这个问题我没有可靠的答案。可以换个说法试试，或到帮助中心看看。
talk-to-person = 找人工客服
person-unreachable = 这家店没有开通在线人工，可以到帮助中心找联系方式。
handoff-requested = 已为你排队人工客服，之前的对话会一并转给对方。
handoff-ended = 人工对话已结束，我继续为你服务。
soothe-angry = 非常抱歉给你带来这样的体验。
soothe-disappointed = 抱歉让你失望了。
soothe-anxious = 理解你着急，先把能确定的告诉你。
still-here = 这个问题还没解决的话，可以请人工客服接着处理。
feedback-thanks = 谢谢你的反馈。
feedback-sorry = 抱歉没帮到你，要不要换个说法，或者找人工客服？
# What is understood without the models, by exact match after folding; variants are separated by |.
match-greeting = 你好|您好|在吗|在么|在不在|有人吗|哈喽|嗨|早上好|下午好|晚上好|亲|亲在吗|你好呀|hi|hello
match-thanks = 谢谢|谢谢你|多谢|感谢|好的谢谢|再见|拜拜|没事了|没有了|谢啦
match-ack = 好的|好|嗯|嗯嗯|行|可以|知道了|明白了|ok|收到|哦|哦哦
match-person = 人工|转人工|人工客服|真人|转人工客服|找人工|我要人工|要人工|客服|接人工|转客服|找客服|叫人工|人工服务|真人客服|我要找人工|我要投诉
