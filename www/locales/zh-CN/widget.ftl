# The chat widget. `{ $value }` and the like are filled in by the widget.

title = 掌柜
close = 关闭对话
help = 打开帮助页面
contact = 其他联系方式

# The line under the name
state-starting = 正在准备…
state-online = 智能助手 · 随时解答
state-offline = 离线 · 仍可解答常见问题
state-queued = 正在联系人工客服
state-queued-next = 在排队，下一位就是您
state-queued-ahead = 在排队，前面还有 { $value } 位
state-queued-offline = 离线，恢复后继续排队
state-assigned = { $value } 正在为您服务
state-assigned-unnamed = 人工客服正在为您服务
state-offline-person = 离线，恢复后继续
state-failed = 暂时无法使用

# A person
person = 找人工
person-leave = 取消排队
person-end = 结束人工
person-end-confirm = 确认结束？
person-unavailable = 这家店铺没有开通在线人工客服。

# Before the first message
greeting = 您好，想问点什么？
greeting-more = 订单、物流、退换货、尺码、优惠，直接打字就行。
starters = 大家常问
privacy = 您在和智能助手对话，内容只在本机处理；找人工客服时，对话才会发送给店铺。
privacy-tasks = 您在和智能助手对话，内容在本机处理；查询或办理订单时，订单号等必要内容会发给店铺，找人工客服时才会发送对话。

# Messages
transcript = 对话记录
author-shopper = 我
author-assistant = 智能助手
author-operator = 人工客服
author-system = 系统消息
quick-replies = 可选的回复
writing = 对方正在输入
new-messages = 有新消息
day-today = 今天
day-yesterday = 昨天
delivery-pending = 等待发送
delivery-sent = 已发送
delivery-seen = 已读
delivery-failed = 没有发出去
retry = 重新发送
hidden = 这些个人信息没有给客服看：
reveal = 显示 { $value }

# Under an answer
source = 依据：{ $question }
verified = 核实于 { $date }
valid-until = 有效期至 { $date }
rate = 这个回答有帮助吗？
rated = 谢谢，已记下您的评价
helpful = 有帮助
not-helpful = 没有帮助

# Events, where the engine sends no text of its own
event-handoff_requested = 已为您转接人工客服
event-handoff_cancelled = 已取消排队
event-operator_joined = 人工客服已加入对话
event-operator_joined-named = { $value } 已加入对话
event-operator_left = 人工客服已离开
event-ended = 人工服务已结束，智能助手继续为您解答
event-erased = 对话已清除

# The text box
message = 输入消息
placeholder = 输入您的问题
placeholder-person = 给客服留言
send = 发送
image = 发送图片
image-sent = [图片]
image-unreadable = 这张图片无法读取
image-too-large = 这张图片太大
suggestions = 相关问题
suggestions-count = { $n } 个相关问题，按上下键选择
bytes-left = 还可输入 { $n } 字节
too-long = 超出 { $n } 字节，请分成几条发送
note-local = 对话只保存在本机
note-person = 消息会发送给店铺客服
note-pending = { $n } 条消息待发送，联网后自动发出
erase = 清除对话
privacy-more = 隐私与记录
receipt = 隐私与记录
receipt-here = 本机保存了 { $n } 条消息。
receipt-sent = 其中 { $n } 条已发送或正在发送给店铺的人工客服，没有发给其他人。
receipt-none-sent = 没有任何消息离开过这台设备。
receipt-acted = 办理 { $n } 件事时，订单号等必要内容发给了店铺自己的服务器。
receipt-models = 理解和回答都在这台设备上完成；联网只下载知识库和模型。
copy = 复制对话
copied = 已复制
large = 大字模式
read-aloud = 朗读
print = 打印
report = 反馈问题
erase-confirm = 确认清除？

failed-text = 智能助手暂时无法使用，请稍后再试。

# Cards
cards = 卡片，可左右滚动
card-order = 订单 { $value }
card-steps = 物流进度，最新的在最前
card-was = 原价 { $value }
copy-code = 复制
form-none = 不填
form-order = 订单号只有字母、数字和短横线
rating = 评价这次人工服务
stars = { $n } 星，共 5 星
card-compare = 两款对比
tastes = 我看出的偏好，只留在这台设备上；不对就点一下去掉。
taste-category = 类别：{ $value }
taste-brand = 品牌：{ $value }
taste-price = 价位：{ $value }
taste-forget = 去掉「{ $value }」
tastes-clear = 全部去掉
privacy-session = 为了推荐，您看过的商品会告诉店铺。
continue = 换个设备继续
continue-enter = 另一台设备上的接续码
continue-go = 接着聊
continue-code = 接续码 { $value }，十分钟内有效，只能用一次。在另一台设备上打开客服，在这里输入。
continue-none = 还没有和人工客服的对话，不需要接续码。
continue-busy = 这台设备上正和人工客服对话，先结束它。
continue-refused = 这个接续码不对，或者已经用过、过期了。
continue-offline = 现在连不上，请稍后再试。
privacy-interests = 为了推荐，您大致的偏好和对推荐商品的反应会告诉店铺，看过哪些商品不会。
