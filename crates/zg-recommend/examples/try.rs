use std::io::BufRead;
fn read(path: &str, over: Option<zg_recommend::Names>) -> zg_recommend::log::Sessions {
    let mut lines = std::io::BufReader::new(std::fs::File::open(path).unwrap()).lines();
    let header = lines.next().unwrap().unwrap();
    let mut r = match over {
        Some(n) => zg_recommend::log::Reader::over(&header, n).unwrap(),
        None => zg_recommend::log::Reader::new(&header).unwrap(),
    };
    for l in lines {
        r.row(&l.unwrap()).unwrap();
    }
    r.finish()
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut s = read(&a[1], None);
    zg_recommend::build::renumber(&mut s);
    let has = |f: &str| a.iter().any(|x| x == f);
    let mut c = zg_recommend::build::Config { threads: 2, ..Default::default() };
    if has("--fixed") {
        c.knobs = Some(Default::default());
    }
    if has("--noforest") {
        c.forest = false;
    }
    let t = std::time::SystemTime::now();
    let (mut ix, learned) = zg_recommend::build::build(&s, &c, &mut |w| eprintln!("{:?} {w}", t.elapsed().unwrap()));
    eprintln!("{:?} {learned:#?}", t.elapsed().unwrap());
    eprintln!("{:?}", ix.knobs());
    eprintln!("bytes/item {}", ix.bytes() as f64 / ix.n_items() as f64);
    let te = read(&a[2], Some(ix.names().clone()));
    for stream in [false, true] {
        if stream && !has("--stream") {
            continue;
        }
        let t = std::time::SystemTime::now();
        let r = zg_recommend::build::evaluate(&mut ix, &te, &Default::default(), stream);
        for (p, (f, h)) in ["all", "nolast", "novel"].iter().zip(r.all.iter().zip(&r.second_half)) {
            println!(
                "{} stream {stream} {p:7} n {} HR {:.4} MRR {:.4} P {:.4} R {:.4} cov {:.3} pop {:.3} | half HR {:.4} MRR {:.4}",
                a[1], f.n, f.hit_rate, f.mrr, f.precision, f.recall, f.coverage, f.popularity, h.hit_rate, h.mrr
            );
        }
        let n: usize = r.all.iter().map(|f| f.n).sum();
        println!("us/query {:.0}", t.elapsed().unwrap().as_micros() as f64 / n as f64);
    }
}
