//! Which addresses may be called: public ones, and private ones that the configuration names.
//!
//! By the special-purpose registries of IANA (RFC 6890): a merchant's address, or a name that suddenly means another one, must
//! not reach what stands beside this server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Where clouds hand out credentials; no configuration opens these.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

pub fn may_call(address: IpAddr, allow_private: &[IpNet]) -> bool {
    // An IPv4 address in the dress of an IPv6 one is that IPv4 address.
    let address = plain(address);
    if METADATA.contains(&address) {
        return false;
    }
    is_public(address) || allow_private.iter().any(|network| network.contains(&address))
}

fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match (v6.to_canonical(), v6.segments()) {
        (v4 @ IpAddr::V4(_), _) => v4,
        // NAT64 (RFC 6052) and the old "compatible" form say the same in other words; 6to4 names its router.
        (_, [0x64, 0xff9b, 0, 0, 0, 0, a, b]) => v4(a, b),
        (_, [0, 0, 0, 0, 0, 0, a, b]) if (a, b) != (0, 0) && (a, b) != (0, 1) => v4(a, b),
        (_, [0x2002, a, b, ..]) => v4(a, b),
        _ => address,
    }
}

fn v4(high: u16, low: u16) -> IpAddr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let special = match v4.octets() {
                // This network, private, shared, loopback, link-local.
                [0 | 10 | 127, ..] | [169, 254, ..] | [192, 168, ..] => true,
                [100, b, ..] => b & 0xc0 == 64,
                [172, b, ..] => b & 0xf0 == 16,
                // Protocol assignments, documentation, relays, benchmarks.
                [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] => true,
                [198, b, ..] => b & 0xfe == 18,
                // Multicast, reserved, broadcast.
                [a, ..] => a >= 224,
            };
            !special
        }
        IpAddr::V6(v6) => {
            let [a, b, ..] = v6.segments();
            // Of all there is, 2000::/3 alone is global unicast; of that, not what protocols, documents and 6to4 have.
            let global = a & 0xe000 == 0x2000;
            let special = match a {
                0x2001 => b & 0xfe00 == 0 || b == 0x0db8,
                0x3fff => b & 0xf000 == 0,
                other => other == 0x2002,
            };
            global && !special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_alone() {
        let may = |text: &str| may_call(text.parse().unwrap(), &[]);
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "172.15.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.1",
            "2606:4700::1111",
            "2400:3200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(may(public), "{public}");
        }
        for other in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:c0a8:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may(other), "{other}");
        }
    }

    #[test]
    fn a_named_network_is_open_and_metadata_never() {
        let networks: Vec<IpNet> =
            ["10.0.0.0/8", "169.254.0.0/16", "fd00::/8", "100.64.0.0/10"].map(|text| text.parse().unwrap()).into();
        let may = |text: &str| may_call(text.parse().unwrap(), &networks);
        assert!(may("10.1.2.3") && may("::ffff:10.1.2.3") && may("fd00::1") && may("169.254.1.1"));
        assert!(!may("192.168.0.1") && !may("127.0.0.1"));
        assert!(
            !may("169.254.169.254")
                && !may("::ffff:169.254.169.254")
                && !may("fd00:ec2::254")
                && !may("100.100.100.200")
        );
    }
}
