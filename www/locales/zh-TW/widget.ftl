# The chat widget. `{ $value }` and the like are filled in by the widget.

title = 掌櫃
close = 關閉對話
help = 開啟說明頁面
contact = 其他聯絡方式

# The line under the name
state-starting = 正在準備…
state-online = 智慧助理 · 隨時解答
state-offline = 離線 · 仍可解答常見問題
state-queued = 正在聯絡真人客服
state-queued-next = 排隊中，下一位就是您
state-queued-ahead = 排隊中，前面還有 { $value } 位
state-queued-offline = 離線，恢復後繼續排隊
state-assigned = { $value } 正在為您服務
state-assigned-unnamed = 真人客服正在為您服務
state-offline-person = 離線，恢復後繼續
state-failed = 暫時無法使用

# A person
person = 找真人
person-leave = 取消排隊
person-end = 結束服務
person-end-confirm = 確認結束？
person-unavailable = 這家商店沒有開通線上真人客服。

# Before the first message
greeting = 您好，想問點什麼？
greeting-more = 訂單、物流、退換貨、尺寸、優惠，直接打字就行。
starters = 大家常問
privacy = 您正在和智慧助理對話，內容只在本機處理；找真人客服時，對話才會傳送給商店。
privacy-tasks = 您正在和智慧助理對話，內容在本機處理；查詢或辦理訂單時，訂單編號等必要內容會傳給商店，找真人客服時才會傳送對話。

# Messages
transcript = 對話紀錄
author-shopper = 我
author-assistant = 智慧助理
author-operator = 真人客服
author-system = 系統訊息
quick-replies = 可選的回覆
writing = 對方正在輸入
new-messages = 有新訊息
day-today = 今天
day-yesterday = 昨天
delivery-pending = 等待傳送
delivery-sent = 已傳送
delivery-seen = 已讀
delivery-failed = 沒有送出
retry = 重新傳送
hidden = 這些個人資料沒有給客服看：
reveal = 顯示 { $value }

# Under an answer
source = 依據：{ $question }
verified = 核實於 { $date }
valid-until = 有效期至 { $date }
rate = 這個回答有幫助嗎？
rated = 謝謝，已記下您的評價
helpful = 有幫助
not-helpful = 沒有幫助

# Events, where the engine sends no text of its own
event-handoff_requested = 已為您轉接真人客服
event-handoff_cancelled = 已取消排隊
event-operator_joined = 真人客服已加入對話
event-operator_joined-named = { $value } 已加入對話
event-operator_left = 真人客服已離開
event-ended = 真人服務已結束，智慧助理繼續為您解答
event-erased = 對話已清除

# The text box
message = 輸入訊息
placeholder = 輸入您的問題
placeholder-person = 留言給客服
send = 傳送
image = 傳送圖片
image-sent = [圖片]
image-unreadable = 這張圖片無法讀取
image-too-large = 這張圖片太大
suggestions = 相關問題
suggestions-count = { $n } 個相關問題，按上下鍵選擇
bytes-left = 還可輸入 { $n } 位元組
too-long = 超出 { $n } 位元組，請分成幾則傳送
note-local = 對話只保存在本機
note-person = 訊息會傳送給商店客服
note-pending = { $n } 則訊息待傳送，連線後自動送出
erase = 清除對話
privacy-more = 隱私與記錄
receipt = 隱私與記錄
receipt-here = 本機保存了 { $n } 則訊息。
receipt-sent = 其中 { $n } 則已傳送或正在傳送給店家的真人客服，沒有傳給其他人。
receipt-none-sent = 沒有任何訊息離開過這台裝置。
receipt-acted = 辦理 { $n } 件事時，訂單編號等必要內容傳給了店家自己的伺服器。
receipt-models = 理解和回答都在這台裝置上完成；連網只下載知識庫和模型。
copy = 複製對話
copied = 已複製
large = 大字模式
read-aloud = 朗讀
print = 列印
report = 回報問題
erase-confirm = 確認清除？

failed-text = 智慧助理暫時無法使用，請稍後再試。

# Cards
cards = 卡片，可左右捲動
card-order = 訂單 { $value }
card-steps = 物流進度，最新的在最前
card-was = 原價 { $value }
copy-code = 複製
form-none = 不填
form-order = 訂單編號只有字母、數字和短橫線
rating = 評價這次真人服務
stars = { $n } 星，共 5 星
card-compare = 兩款對比
tastes = 我看出的偏好，只留在這台裝置上；不對就點一下去掉。
taste-category = 類別：{ $value }
taste-brand = 品牌：{ $value }
taste-price = 價位：{ $value }
taste-forget = 去掉「{ $value }」
tastes-clear = 全部去掉
privacy-session = 為了推薦，您看過的商品會告訴商店。
continue = 換個裝置繼續
continue-enter = 另一台裝置上的接續碼
continue-go = 接著聊
continue-code = 接續碼 { $value }，十分鐘內有效，只能用一次。在另一台裝置上打開客服，在這裡輸入。
continue-none = 還沒有和真人客服的對話，不需要接續碼。
continue-busy = 這台裝置上正和真人客服對話，先結束它。
continue-refused = 這個接續碼不對，或者已經用過、過期了。
continue-offline = 現在連不上，請稍後再試。
privacy-interests = 為了推薦，您大致的偏好和對推薦商品的反應會告訴商店，看過哪些商品不會。
